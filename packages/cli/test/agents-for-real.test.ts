import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { retryReplySchema, submitReplySchema, taskSchema } from '@sluice/protocol/http/tasks.ts';
import { workerPageSchema } from '@sluice/protocol/http/queues.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startMachine } from '../src/machine/start-machine.ts';
import { stopMachine } from '../src/machine/stop-machine.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SDK = import.meta.resolve('@sluice/worker/start-worker.ts');
const AGENT = 'fleet/local/echo';
const PATIENCE = { timeout: 60_000, interval: 200 };

const FILE = `application: fleet
components:
  echo:
    kind: agents
    run: exec ${process.execPath} agent.mjs
    instances: 2
    drain: 2s
    agents: { retry: { failures: 2, pause: 10ms } }
`;
/** Says what it was given, after as long as it was told, or fails. */
const PROGRAM = `import { startWorker } from '${SDK}';
import { setTimeout as pause } from 'node:timers/promises';
await startWorker({
  concurrency: 2,
  capabilities: ['echo'],
  input: (given) => given,
  handle: async ({ input }, { signal }) => {
    if (input.fails) throw new RangeError('it was told to');
    await pause(input.ms ?? 0, undefined, { signal });
    return input;
  },
});
`;

let directory: string;
let folder: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-fleet-'));
  folder = join(directory, 'fleet');
  await mkdir(folder);
  await writeFile(join(folder, 'sluice.yaml'), FILE);
  await writeFile(join(folder, 'agent.mjs'), PROGRAM);
  await startMachine({
    ...{ directory, routerPort: 0, apiPort: 0, routerWorkers: 1, databaseUrl: undefined, lookEveryMs: 300 },
  });
  expect(await sluice('deploy', '--wait', '--timeout', '60s')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await stopMachine({ directory, keepProcesses: false });
  await rm(directory, { recursive: true, force: true });
});

/** Runs the command line as a process of its own. */
const sluice = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, SLUICE_HOME: directory, SLUICE_API: '', CI: 'true' };
    const child = execFile(process.execPath, [MAIN, ...args], { cwd: folder, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
const json = async (...args: readonly string[]): Promise<unknown> =>
  JSON.parse((await sluice(...args, '--json')).stdout) as unknown;
const submit = async (input: object): Promise<string> => {
  const reply = await json('tasks', 'submit', AGENT, '--input', JSON.stringify(input));
  return submitReplySchema.parse(reply).tasks[0]?.id ?? '';
};
const show = async (id: string) => taskSchema.parse(await json('tasks', 'show', id));
const workers = async () => workerPageSchema.shape.items.parse(Object(await json('agents', 'list')).items);

it('a task that is waited for is done by a worker of the release, and its result printed', async () => {
  const run = await sluice('tasks', 'submit', '--input', '{"word":"hello"}', '--needs', 'echo', '--wait');
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('succeeded') });
  expect(run.stdout).toMatch(/result:\n {2}\{\n {4}"word": "hello"\n {2}\}\n$/);
});

it('a task that fails is a dead letter, which is tried again when somebody asks for it', async () => {
  const id = await submit({ fails: true });
  const watched = await sluice('tasks', 'watch', id);
  expect(watched).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('crash: RangeError: it was told to'),
  });
  expect(await show(id)).toMatchObject({ state: 'dead', attempt: 2, failures: 2 });
  const { retried } = retryReplySchema.parse(await json('tasks', 'retry', '--dead', AGENT));
  expect(retried).toEqual([id]);
  await vi.waitFor(async () => expect(await show(id)).toMatchObject({ state: 'dead', attempt: 4 }), PATIENCE);
});

it('a task that is cancelled stops in its worker, which is free for another one', async () => {
  const id = await submit({ ms: 600_000 });
  await vi.waitFor(async () => expect(await show(id)).toMatchObject({ state: 'running' }), PATIENCE);
  expect((await sluice('tasks', 'cancel', id)).code).toBe(0);
  await vi.waitFor(async () => {
    const here = await workers();
    expect(here.map(({ running, wanted }) => [running, wanted])).toEqual([
      [0, 2],
      [0, 2],
    ]);
  }, PATIENCE);
  expect(await show(id)).toMatchObject({ state: 'cancelled', attempt: 1 });
});

it('a worker that is asked to leave does so, and another one takes its place', async () => {
  const [leaving] = await workers();
  const name = leaving?.worker ?? '';
  expect((await sluice('agents', 'drain', name)).code).toBe(0);
  await vi.waitFor(async () => {
    const names = (await workers()).map(({ worker }) => worker);
    expect(names).not.toContain(name);
    expect(names).toHaveLength(2);
  }, PATIENCE);
  expect((await sluice('agents', 'drain', name)).code).toBe(6);
});
