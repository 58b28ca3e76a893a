import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import { type ApiClient, apiClient } from '@sluice/protocol/http/client.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startMachine } from '../src/machine/start-machine.ts';
import { stopMachine } from '../src/machine/stop-machine.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SDK = import.meta.resolve('@sluice/worker/start-worker.ts');
const AGENT = 'fleet/local/echo';
const PATIENCE = { timeout: 60_000, interval: 100 };
const TASKS = 24;

const FILE = `application: fleet
components:
  echo:
    kind: agents
    run: exec ${process.execPath} agent.mjs
    instances: 1
    drain: 1m
    agents: { retry: { failures: 3, pause: 10ms }, unfinished: pin }
    strategy: { canary: { phases: [{ share: 50%, hold: 10m }], min-requests: 1000, judge: { warm-up: 1s } } }
`;
/** Waits until it is let go on; then every task fails once. */
const program = (version: string) => `import { startWorker } from '${SDK}';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
await startWorker({
  handle: async ({ input, attempt }, { signal }) => {
    while (!existsSync(input.until)) await pause(50, undefined, { signal });
    if (attempt === 1) throw new RangeError('it was told to');
    return '${version}';
  },
});
`;

let directory: string;
let folder: string;
let api: ApiClient;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-pinned-'));
  folder = join(directory, 'fleet');
  await mkdir(folder);
  await writeFile(join(folder, 'sluice.yaml'), FILE);
  await writeFile(join(folder, 'agent.mjs'), program('v1'));
  const { apiPort } = await startMachine({
    ...{ directory, routerPort: 0, apiPort: 0, routerWorkers: 1, databaseUrl: undefined, lookEveryMs: 300 },
  });
  api = apiClient({ baseUrl: `http://127.0.0.1:${apiPort}` });
  expect(await sluice('deploy', '--wait', '--timeout', '60s')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await stopMachine({ directory, keepProcesses: false });
  await rm(directory, { recursive: true, force: true });
});

const sluice = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, SLUICE_HOME: directory, SLUICE_API: '', CI: 'true' };
    const child = execFile(process.execPath, [MAIN, ...args], { cwd: folder, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
/** Which revision each task is with. */
const given = async (): Promise<ReadonlyMap<string, string>> =>
  new Map((await tasks()).map(({ id, revision }) => [id, revision]));
const tasks = async () => answer(await api.tasks(AGENT, { limit: 100 })).items;
const shares = async () =>
  answer(await api.queues({})).items.flatMap(({ revisions }) =>
    revisions.map(({ shareBasisPoints }) => shareBasisPoints),
  );
function answer<Value>(reply: ApiReply<Value>): Value {
  assert(reply.ok, 'the API answers');
  return reply.value;
}

it('tasks that are pinned end on the version that they were given to, which then goes', async () => {
  await writeFile(join(folder, 'agent.mjs'), program('v2'));
  expect(await sluice('deploy')).toMatchObject({ code: 0 });
  await vi.waitFor(async () => expect(await shares()).toEqual([5_000, 5_000]), PATIENCE);
  const until = join(directory, 'go');
  answer(
    await api.submitTasks(
      AGENT,
      Array.from({ length: TASKS }, () => ({ input: { until } })),
    ),
  );
  const before = await given();
  expect([before.size, new Set(before.values()).size]).toEqual([TASKS, 2]);
  expect((await sluice('abort')).code).toBe(0);
  await vi.waitFor(async () => expect((await shares()).toSorted()).toEqual([0, 10_000]), PATIENCE);
  await writeFile(until, '');
  await vi.waitFor(async () => {
    for (const { state, attempt } of await tasks()) expect([state, attempt]).toEqual(['succeeded', 2]);
  }, PATIENCE);
  expect(await given()).toEqual(before);
  await vi.waitFor(async () => expect(answer(await api.track(AGENT)).revisions).toHaveLength(1), PATIENCE);
});
