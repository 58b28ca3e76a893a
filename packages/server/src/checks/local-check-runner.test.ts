import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createH2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testComponent, testRevision } from '../targets/testing/test-revision.ts';
import { describeCheckRunnerContract } from './check-runner.contract.ts';
import { localCheckRunner } from './local-check-runner.ts';

describeCheckRunnerContract('the local runner', () => localCheckRunner({ environment: process.env }));

const never = new AbortController().signal;

describe('a command check', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-command-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  interface Trial {
    readonly component?: Partial<ComponentSpec>;
    readonly environment?: NodeJS.ProcessEnv;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  }
  const run = (command: string, trial: Trial = {}) => {
    const check: CheckSpec = {
      name: 'check',
      kind: 'command',
      command,
      timeoutMs: trial.timeoutMs ?? 20_000,
      attempts: 1,
    };
    const environment = { PATH: process.env['PATH'], ...trial.environment };
    const revision = testRevision(1, { directory, component: testComponent(trial.component) });
    const endpoints = [{ host: '127.0.0.1', port: 4711 }];
    return localCheckRunner({ environment }).run(check, { revision, endpoints }, trial.signal ?? never);
  };
  const file = (name: string) => readFile(join(directory, name), 'utf8');

  it('runs in the folder of the revision and is told about the candidate', async () => {
    const told = 'printf "%s " "$CANDIDATE_URL" "$CANDIDATE_HOST" "$CANDIDATE_PORT" "$SLUICE_VERSION"';
    expect((await run(`${told} "$SLUICE_REVISION" > told`)).passed).toBe(true);
    expect(await file('told')).toBe('http://127.0.0.1:4711 127.0.0.1 4711 v1 web-000000000001 ');
  });

  it("has the component's variables and secrets, and nothing else of the control plane's own", async () => {
    await writeFile(join(directory, 'key'), 'from-a-file\n');
    const result = await run('env | sort > seen', {
      component: {
        env: { MODE: 'test' },
        secrets: {
          KEY: { from: 'file', path: join(directory, 'key') },
          TOKEN: { from: 'environment', name: 'SHOP_TOKEN' },
        },
      },
      environment: { SHOP_TOKEN: 'from-the-environment', DATABASE_URL: 'ours' },
    });
    expect(result.passed).toBe(true);
    const seen = (await file('seen')).split('\n');
    expect(seen).toEqual(
      expect.arrayContaining(['MODE=test', 'KEY=from-a-file', 'TOKEN=from-the-environment']),
    );
    expect(seen.filter((line) => /ours|SHOP_TOKEN/.test(line))).toEqual([]);
  });

  it('is not run when a secret has no value, and says which one', async () => {
    const result = await run('touch ran', {
      component: { secrets: { TOKEN: { from: 'environment', name: 'SHOP_TOKEN' } } },
    });
    expect(result.message).toMatch(/TOKEN.*SHOP_TOKEN/);
    await expect(file('ran')).rejects.toThrow('ENOENT');
  });

  it('shows no secret in its last words, not even one written as in a URL', async () => {
    const result = await run('echo "no entry for $TOKEN at x?t=s%3Ecr%20t%2Fvalue" >&2; exit 1', {
      component: { secrets: { TOKEN: { from: 'environment', name: 'T' } } },
      environment: { T: 's>cr t/value' },
    });
    expect(result.message).toBe('The command exited with code 1: no entry for [secret] at x?t=[secret]');
  });

  it('shows the end of endless output, a few lines of it and no control characters', async () => {
    const noise =
      'i=0; while [ $i -lt 20000 ]; do echo "line $i of noise that fills pipes"; i=$((i+1)); done';
    const result = await run(`${noise}; printf 'the \\033[31mreason\\033[0m\\n\\n'; exit 1`);
    expect(result.message).toMatch(/19998 of noise.*19999 of noise.* \/ the reason$/);
    expect(result.message.length).toBeLessThan(600);
  });

  it('is killed with everything that it started when it takes too long', async () => {
    const result = await run('sleep 600 & echo $! > child; wait', { timeoutMs: 1_000 });
    expect(result.message).toContain('took longer than 1s and was killed');
    await gone(Number(await file('child')));
  });

  it('leaves nothing behind that it started in the background', async () => {
    expect((await run('sleep 600 & echo $! > child')).passed).toBe(true);
    await gone(Number(await file('child')));
  });

  it('is killed when it is called off', async () => {
    const calledOff = new AbortController();
    const running = run('echo $$ > child; exec sleep 600', { signal: calledOff.signal });
    const pid = await vi.waitFor(async () => Number.parseInt(await file('child'), 10), PATIENCE);
    calledOff.abort();
    expect((await running).message).toBe('The command was called off and killed');
    await gone(pid);
  });

  it('dies with a control plane that is killed in the middle of it', async () => {
    const script = `
      import { runCommand } from ${JSON.stringify(new URL('run-command.ts', import.meta.url).href)};
      await runCommand({ command: 'echo $$ > child; sleep 600', directory: ${JSON.stringify(directory)}, variables: {} },
        new AbortController().signal);`;
    const controlPlane = spawn(process.execPath, ['--input-type=module-typescript', '-e', script]);
    const pid = await vi.waitFor(async () => Number.parseInt(await file('child'), 10), PATIENCE);
    controlPlane.kill('SIGKILL');
    await gone(pid);
  });
});

describe('an HTTP check', () => {
  it('asks an instance that speaks h2c in its own language', async () => {
    const server = createH2Server((request, response) => response.end(`you asked ${request.url}`));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const check: CheckSpec = {
      name: 'h2c',
      kind: 'http',
      path: '/page?x=1',
      expectStatus: 200,
      expectBody: 'you asked /page?x=1',
      timeoutMs: 10_000,
      attempts: 1,
    };
    const component = testComponent({ request: { protocol: 'h2c', timeoutMs: 1_000, maxBodyBytes: 0 } });
    const revision = testRevision(1, { directory: tmpdir(), component });
    const { port } = server.address() as AddressInfo;
    const runner = localCheckRunner({ environment: {} });
    const endpoints = [{ host: '127.0.0.1', port }];
    expect(await runner.run(check, { revision, endpoints }, never)).toMatchObject({ passed: true });
    await new Promise((resolve) => server.close(resolve));
    expect(await runner.run(check, { revision, endpoints }, never)).toEqual({
      passed: false,
      message: expect.stringContaining('nothing listens'),
    });
  });
});

const PATIENCE = { timeout: 20_000, interval: 20 };

/** Waits until a process has ended; one that nobody waits for yet counts as ended. */
async function gone(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(0);
  await vi.waitFor(async () => {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone) Z');
    expect(state.slice(state.lastIndexOf(')'))).toMatch(/^\) [ZX]/);
  }, PATIENCE);
}
