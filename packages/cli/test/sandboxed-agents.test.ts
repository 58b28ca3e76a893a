import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { examineMachine } from '@sluice/sandbox/machine/sandbox-machine.ts';
import { workerTokenFile } from '@sluice/protocol/process/worker-token-file.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SDK, type TestFleet, testFleet } from './fleet-harness.ts';

const { bubblewrap } = await examineMachine();
if (!bubblewrap.usable) reportSkip(`agents in a sandbox, from deploy to result: ${bubblewrap.reason}`);

const CLONE = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const PATIENCE = { timeout: 60_000, interval: 200 };

const COMPONENTS = `spy:
  kind: agents
  run: exec node agent.mjs
  agents:
    sandbox: { kind: bubblewrap, readable: [${CLONE}] }
caller:
  kind: agents
  run: exec node agent.mjs
  agents:
    sandbox: { kind: bubblewrap, network: host, readable: [${CLONE}] }
`;
/** Tries what it was told to, and says what came of it. */
const PROGRAM = `import { readFileSync, readdirSync } from 'node:fs';
import { startWorker } from '${SDK}';
const tried = async (attempt) => { try { return String(await attempt()); } catch (error) { return error.cause?.code ?? error.code ?? String(error); } };
await startWorker({
  handle: async ({ input }) => ({
    read: await tried(() => readFileSync(input.read, 'utf8')),
    ask: await tried(async () => (await fetch(input.ask)).status),
    environments: await tried(() => readdirSync('/proc').filter(Number).map((pid) => readFileSync('/proc/' + pid + '/environ', 'utf8')).join()),
  }),
});
`;

let fleet: TestFleet;

/** What came of a task once it has succeeded. */
async function resultOf(input: object, agent = 'spy'): Promise<Readonly<Record<string, string>>> {
  const [id = ''] = await fleet.submit(agent, input);
  return vi.waitFor(async () => {
    const task = await fleet.task(id);
    expect(task.state).toBe('succeeded');
    return task.result as Readonly<Record<string, string>>;
  }, PATIENCE);
}

// Where bubblewrap cannot be used the reason is printed above.
describe.skipIf(!bubblewrap.usable)('agents in a sandbox without a network', () => {
  beforeAll(async () => {
    vi.stubEnv('LAUNCHERS_SECRET', 'of whoever started Sluice');
    fleet = await testFleet({ components: COMPONENTS, program: PROGRAM });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await fleet?.down();
  });

  it('do their tasks, and reach neither files of Sluice nor its API nor secrets of its launcher', async () => {
    const { apiPort } = await fleet.server();
    const result = await resultOf({
      read: join(fleet.directory, 'server.json'),
      ask: `http://127.0.0.1:${apiPort}/api/v1/tracks`,
    });
    expect(result).toMatchObject({ read: 'ENOENT', ask: 'ECONNREFUSED' });
    expect(result['environments']).toContain('SLUICE_WORKER_URL=unix:/run/sluice/server/workers.sock');
    expect(result['environments']).not.toContain('of whoever started Sluice');
  });

  it('with one come by the token of their own agent, and see no other', async () => {
    const { apiPort } = await fleet.server();
    const ask = `http://127.0.0.1:${apiPort}/api/v1/tracks`;
    const read = workerTokenFile(join(fleet.directory, 'host'), 'fleet/local/caller');
    const result = await resultOf({ read, ask }, 'caller');
    expect(result).toMatchObject({ read: 'ENOENT', ask: '401' });
    expect(result['environments']).toContain('SLUICE_TOKEN_FILE=/run/sluice/token/token');
    expect(await resultOf({ read: '/run/sluice/token/token', ask }, 'caller')).toMatchObject({
      read: expect.stringMatching(/^slu_/),
    });
  });

  it('find a server again that was killed and started anew', async () => {
    process.kill((await fleet.server()).pid, 'SIGKILL');
    await fleet.up();
    expect(await resultOf({ read: '/etc/shadow', ask: 'http://192.0.2.1' })).toMatchObject({
      read: 'ENOENT',
      ask: 'ENETUNREACH',
    });
  });
});
