import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workerPageSchema } from '@sluice/protocol/http/queues.ts';
import { retryReplySchema, submitReplySchema, taskSchema } from '@sluice/protocol/http/tasks.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SDK, type TestFleet, testFleet } from './fleet-harness.ts';

const AGENT = 'fleet/local/echo';
const PATIENCE = { timeout: 60_000, interval: 200 };

const COMPONENTS = `echo:
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

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await testFleet({ components: COMPONENTS, program: PROGRAM });
});
afterAll(() => fleet?.down());

/** By the command line, which is what these tests are about. */
const submit = async (input: object, agent = AGENT): Promise<string> => {
  const reply = await fleet.json('tasks', 'submit', agent, '--input', JSON.stringify(input));
  return submitReplySchema.parse(reply).tasks[0]?.id ?? '';
};
const show = async (id: string) => taskSchema.parse(await fleet.json('tasks', 'show', id));
const workers = async () =>
  workerPageSchema.shape.items.parse(Object(await fleet.json('agents', 'list')).items);

it('a task that is waited for is done by a worker of the release, and its result printed', async () => {
  const run = await fleet.sluice(
    'tasks',
    'submit',
    '--input',
    '{"word":"hello"}',
    '--needs',
    'echo',
    '--wait',
  );
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('succeeded') });
  expect(run.stdout).toMatch(/result:\n {2}\{\n {4}"word": "hello"\n {2}\}\n$/);
});

it('a task that fails is a dead letter, which is tried again when somebody asks for it', async () => {
  const id = await submit({ fails: true });
  const watched = await fleet.sluice('tasks', 'watch', id);
  expect(watched).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('crash: RangeError: it was told to'),
  });
  expect(await show(id)).toMatchObject({ state: 'dead', attempt: 2, failures: 2 });
  const { retried } = retryReplySchema.parse(await fleet.json('tasks', 'retry', '--dead', AGENT));
  expect(retried).toEqual([id]);
  await vi.waitFor(async () => expect(await show(id)).toMatchObject({ state: 'dead', attempt: 4 }), PATIENCE);
});

it('a task that is cancelled stops in its worker, which is free for another one', async () => {
  const id = await submit({ ms: 600_000 });
  await vi.waitFor(async () => expect(await show(id)).toMatchObject({ state: 'running' }), PATIENCE);
  expect((await fleet.sluice('tasks', 'cancel', id)).code).toBe(0);
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
  expect((await fleet.sluice('agents', 'drain', name)).code).toBe(0);
  await vi.waitFor(async () => {
    const names = (await workers()).map(({ worker }) => worker);
    expect(names).not.toContain(name);
    expect(names).toHaveLength(2);
  }, PATIENCE);
  expect((await fleet.sluice('agents', 'drain', name)).code).toBe(6);
});

it('an agent that somebody has registered is served by workers that connect by themselves, with a token', async () => {
  const agent = 'fleet/local/guest';
  // Its id is a component's name that the file could have as well.
  expect(await fleet.sluice('agents', 'register', agent)).toMatchObject({ code: 0 });
  const { apiPort } = await fleet.server();
  const made = await fleet.sluice('token', 'create', 'guests', '--role', 'worker');
  const file = join(fleet.folder, 'guests.token');
  await writeFile(file, made.stdout, { mode: 0o600 });
  const address = { SLUICE_WORKER_URL: `http://127.0.0.1:${apiPort}`, SLUICE_TOKEN_FILE: file };
  const worker = spawn(process.execPath, ['agent.mjs'], {
    ...{ cwd: fleet.folder, stdio: 'ignore' },
    env: { ...process.env, ...address, SLUICE_TRACK: agent, SLUICE_REVISION: 'registered' },
  });
  const ended = once(worker, 'exit');
  try {
    const id = await submit({ word: 'hello' }, agent);
    await vi.waitFor(async () => expect(await show(id)).toMatchObject({ state: 'succeeded' }), PATIENCE);
    expect(await fleet.json('agents', 'registered')).toMatchObject({
      items: [{ id: agent, status: 'active', capabilities: ['echo'] }],
    });
    await rename('echo', 'guest');
    const refused = await fleet.sluice('deploy');
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('of a registered agent') });
    await rename('guest', 'echo');
  } finally {
    worker.kill('SIGTERM');
    await ended;
  }
  expect(await fleet.sluice('agents', 'remove', agent)).toMatchObject({ code: 0 });
});

/** Gives the only component another name in the file. */
async function rename(before: string, after: string): Promise<void> {
  const path = join(fleet.folder, 'sluice.yaml');
  await writeFile(path, (await readFile(path, 'utf8')).replace(`  ${before}:`, `  ${after}:`));
}
