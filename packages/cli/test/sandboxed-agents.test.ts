import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { submitReplySchema, taskSchema } from '@sluice/protocol/http/tasks.ts';
import { serverAnnouncementSchema } from '@sluice/protocol/process/announcement.ts';
import { examineMachine } from '@sluice/sandbox/machine/sandbox-machine.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startMachine } from '../src/machine/start-machine.ts';
import { stopMachine } from '../src/machine/stop-machine.ts';

const { bubblewrap } = await examineMachine();
if (!bubblewrap.usable) reportSkip(`agents in a sandbox, from deploy to result: ${bubblewrap.reason}`);

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const CLONE = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const SDK = import.meta.resolve('@sluice/worker/start-worker.ts');
const AGENT = 'fleet/local/spy';
const PATIENCE = { timeout: 60_000, interval: 200 };

const FILE = `application: fleet
components:
  spy:
    kind: agents
    run: exec node agent.mjs
    agents:
      sandbox: { kind: bubblewrap, readable: [${CLONE}] }
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

let directory: string;
let folder: string;

const begin = () =>
  startMachine({
    ...{ directory, routerPort: 0, apiPort: 0, routerWorkers: 1, databaseUrl: undefined, lookEveryMs: 300 },
  });
const sluice = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, SLUICE_HOME: directory, SLUICE_API: '', CI: 'true' };
    const child = execFile(process.execPath, [MAIN, ...args], { cwd: folder, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
const json = async (...args: readonly string[]): Promise<unknown> =>
  JSON.parse((await sluice(...args, '--json')).stdout) as unknown;
const server = async () =>
  serverAnnouncementSchema.parse(JSON.parse(await readFile(join(directory, 'server.json'), 'utf8')));

/** What came of a task once it has succeeded. */
async function resultOf(input: object): Promise<Readonly<Record<string, string>>> {
  const reply = await json('tasks', 'submit', AGENT, '--input', JSON.stringify(input));
  const id = submitReplySchema.parse(reply).tasks[0]?.id ?? '';
  return vi.waitFor(async () => {
    const task = taskSchema.parse(await json('tasks', 'show', id));
    expect(task.state).toBe('succeeded');
    return task.result as Readonly<Record<string, string>>;
  }, PATIENCE);
}

// Where bubblewrap cannot be used the reason is printed above.
describe.skipIf(!bubblewrap.usable)('agents in a sandbox without a network', () => {
  beforeAll(async () => {
    vi.stubEnv('LAUNCHERS_SECRET', 'of whoever started Sluice');
    directory = await mkdtemp(join(tmpdir(), 'sluice-contained-'));
    folder = join(directory, 'fleet');
    await mkdir(folder);
    await writeFile(join(folder, 'sluice.yaml'), FILE);
    await writeFile(join(folder, 'agent.mjs'), PROGRAM);
    await begin();
    expect(await sluice('deploy', '--wait', '--timeout', '60s')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await stopMachine({ directory, keepProcesses: false });
    await rm(directory, { recursive: true, force: true });
  });

  it('do their tasks, and reach neither files of Sluice nor its API nor secrets of its launcher', async () => {
    const { apiPort } = await server();
    const result = await resultOf({
      read: join(directory, 'server.json'),
      ask: `http://127.0.0.1:${apiPort}/api/v1/tracks`,
    });
    expect(result).toMatchObject({ read: 'ENOENT', ask: 'ECONNREFUSED' });
    expect(result['environments']).toContain('SLUICE_WORKER_URL=unix:/run/sluice/server/workers.sock');
    expect(result['environments']).not.toContain('of whoever started Sluice');
  });

  it('find a server again that was killed and started anew', async () => {
    process.kill((await server()).pid, 'SIGKILL');
    await begin();
    expect(await resultOf({ read: '/etc/shadow', ask: 'http://192.0.2.1' })).toMatchObject({
      read: 'ENOENT',
      ask: 'ENETUNREACH',
    });
  });
});
