import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { poolListSchema } from '@sluice/protocol/http/pools.ts';
import { workerPageSchema } from '@sluice/protocol/http/queues.ts';
import { submitReplySchema, taskSchema } from '@sluice/protocol/http/tasks.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startMachine } from '../src/machine/start-machine.ts';
import { stopMachine } from '../src/machine/stop-machine.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SDK = import.meta.resolve('@sluice/worker/start-worker.ts');
const PATIENCE = { timeout: 60_000, interval: 100 };

const component = (pool: string, drain = '30s'): string =>
  `{ kind: agents, run: "exec ${process.execPath} agent.mjs", drain: ${drain}, agents: { pool: { ${pool} } } }`;
/** Workers that come and go with the load, and such that are replaced after five tasks. */
const FILE = `application: fleet
components:
  echo: ${component('max: 5, wait: 200ms, keep: 1s, sleep: 3s')}
  tired: ${component('recycle: { tasks: 5 }')}
`;
const PROGRAM = `import { startWorker } from '${SDK}';
import { setTimeout as pause } from 'node:timers/promises';
await startWorker({
  handle: async ({ input }, { signal }) => {
    await pause(input.ms ?? 0, undefined, { signal });
    return process.pid;
  },
});
`;

let directory: string;
let folder: string;
let api: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-pool-'));
  folder = join(directory, 'fleet');
  await mkdir(folder);
  await writeFile(join(folder, 'sluice.yaml'), FILE);
  await writeFile(join(folder, 'agent.mjs'), PROGRAM);
  const machine = await startMachine({
    ...{ directory, routerPort: 0, apiPort: 0, routerWorkers: 1, databaseUrl: undefined, lookEveryMs: 300 },
  });
  api = `http://127.0.0.1:${'apiPort' in machine ? machine.apiPort : 0}`;
  const deployed = await sluice('deploy', '--wait', '--timeout', '60s');
  expect(deployed).toMatchObject({ code: 0 });
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
const get = async (path: string): Promise<unknown> => (await fetch(`${api}${path}`)).json();
const submit = async (agent: string, ...inputs: readonly object[]): Promise<readonly string[]> => {
  const body = JSON.stringify({ tasks: inputs.map((input) => ({ input })) });
  const headers = { 'content-type': 'application/json' };
  const path = `/api/v1/tracks/fleet/local/${agent}/tasks`;
  const reply = await fetch(`${api}${path}`, { method: 'POST', headers, body });
  return submitReplySchema.parse(await reply.json()).tasks.map(({ id }) => id);
};
const task = async (id: string) => taskSchema.parse(await get(`/api/v1/tasks/${id}`));
const workersOf = async (agent: string): Promise<readonly string[]> =>
  workerPageSchema
    .parse(await get('/api/v1/agents?limit=100'))
    .items.filter(({ track }) => track.endsWith(`/${agent}`))
    .map(({ worker }) => worker);
const poolOf = async (agent: string) =>
  poolListSchema.parse(await get(`/api/v1/pools?track=fleet/local/${agent}`)).items[0];
const done = (ids: readonly string[]): Promise<void> =>
  vi.waitFor(async () => {
    for (const id of ids) expect(await task(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
  }, PATIENCE);

it('grows to its most with the load, shrinks without hurting a task, and sleeps', async () => {
  const ids = await submit('echo', ...Array.from({ length: 40 }, () => ({ ms: 500 })), { ms: 6_000 });
  await vi.waitFor(async () => expect(await workersOf('echo')).toHaveLength(5), PATIENCE);
  expect(await poolOf('echo')).toMatchObject({ workers: 5, ordered: 1, isAsleep: false });
  await done(ids);
  await vi.waitFor(async () => expect(await workersOf('echo')).toHaveLength(0), PATIENCE);
  expect(await poolOf('echo')).toMatchObject({ workers: 0, isAsleep: true });
  const status = (await get('/api/v1/tracks/fleet/local/echo')) as { readonly state?: unknown };
  expect(JSON.stringify(status)).not.toContain('rolling-back');
});

it('wakes up with the first task', async () => {
  await vi.waitFor(async () => expect(await poolOf('echo')).toMatchObject({ isAsleep: true }), PATIENCE);
  await done(await submit('echo', { ms: 0 }));
  expect(await poolOf('echo')).toMatchObject({ isAsleep: false });
});

it('replaces a worker that has done its part, and loses no task by it', async () => {
  const [first] = await workersOf('tired');
  const [early = '', ...more] = await submit('tired', ...Array.from({ length: 10 }, () => ({ ms: 100 })));
  await done([early, ...more]);
  await vi.waitFor(async () => expect(await workersOf('tired')).not.toContain(first), PATIENCE);
  const [late = ''] = await submit('tired', { ms: 0 });
  await done([late]);
  expect((await task(late)).result).not.toBe((await task(early)).result);
});

it('is told on /metrics, and in the form that autoscalers of Kubernetes read', async () => {
  const text = await (await fetch(`${api}/metrics`)).text();
  expect(text).toMatch(/agent_queue_length\{track="fleet\/local\/echo",revision="echo-[0-9a-f]+"\} \d/);
  expect(text).toMatch(/agent_spawn_success_rate\{track="fleet\/local\/echo",[^}]+\} 1\n/);
  expect(text).toMatch(/task_completion_rate\{track="fleet\/local\/tired",[^}]+\} 1\n/);
  expect(text).toMatch(
    /agent_task_duration_seconds_count\{track="fleet\/local\/tired",[^}]+outcome="succeeded"\} 11\n/,
  );
  const path = '/apis/external.metrics.k8s.io/v1beta1/namespaces/any/agent_workers_wanted';
  const list = (await get(path)) as {
    readonly items: readonly { readonly metricLabels: { track: string } }[];
  };
  const tracks = list.items.map(({ metricLabels }) => metricLabels.track);
  expect(tracks).toHaveLength(2);
  const one = (await get(`${path}?labelSelector=track%3D${tracks[0]}`)) as {
    readonly items: readonly object[];
  };
  expect(one.items).toHaveLength(1);
});
