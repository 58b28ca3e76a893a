import { poolListSchema } from '@sluice/protocol/http/pools.ts';
import { workerPageSchema } from '@sluice/protocol/http/queues.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SDK, type TestFleet, testFleet } from './fleet-harness.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

const component = (pool: string, drain = '30s'): string =>
  `{ kind: agents, run: "exec ${process.execPath} agent.mjs", drain: ${drain}, agents: { pool: { ${pool} } } }`;
/** Workers that come and go with the load, and such that are replaced after five tasks. */
const COMPONENTS = `echo: ${component('max: 5, wait: 200ms, keep: 1s, sleep: 3s')}
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

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await testFleet({ components: COMPONENTS, program: PROGRAM });
});
afterAll(() => fleet?.down());

const get = async (path: string): Promise<unknown> => JSON.parse(await fleet.get(path)) as unknown;
const workersOf = async (agent: string): Promise<readonly string[]> =>
  workerPageSchema
    .parse(await get('/api/v1/agents?limit=100'))
    .items.filter(({ track }) => track.endsWith(`/${agent}`))
    .map(({ worker }) => worker);
const poolOf = async (agent: string) =>
  poolListSchema.parse(await get(`/api/v1/pools?track=fleet/local/${agent}`)).items[0];
const done = (ids: readonly string[]): Promise<void> =>
  vi.waitFor(async () => {
    for (const id of ids) expect(await fleet.task(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
  }, PATIENCE);

it('grows to its most with the load, shrinks without hurting a task, and sleeps', async () => {
  const ids = await fleet.submit('echo', ...Array.from({ length: 40 }, () => ({ ms: 500 })), { ms: 6_000 });
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
  await done(await fleet.submit('echo', { ms: 0 }));
  expect(await poolOf('echo')).toMatchObject({ isAsleep: false });
});

it('replaces a worker that has done its part, and loses no task by it', async () => {
  const [first] = await workersOf('tired');
  const [early = '', ...more] = await fleet.submit(
    'tired',
    ...Array.from({ length: 10 }, () => ({ ms: 100 })),
  );
  await done([early, ...more]);
  await vi.waitFor(async () => expect(await workersOf('tired')).not.toContain(first), PATIENCE);
  const [late = ''] = await fleet.submit('tired', { ms: 0 });
  await done([late]);
  expect((await fleet.task(late)).result).not.toBe((await fleet.task(early)).result);
});

it('is shown with what it wants, what it has, and why', async () => {
  // One that has done its part may just be leaving.
  await vi.waitFor(async () => {
    const [, tired] = Object(await fleet.json('pools', 'list')).items as readonly object[];
    expect(tired).toMatchObject({
      ...{ track: 'fleet/local/tired', workers: 1, connected: 1, isAsleep: false, on: 'machine' },
      why: expect.stringContaining('waiting'),
    });
  }, PATIENCE);
  expect((await fleet.sluice('pools', 'show', 'fleet/local/tired')).stdout).toMatch(/^kept by +Sluice$/m);
});

it('is told on /metrics, and in the form that autoscalers of Kubernetes read', async () => {
  const text = await fleet.get('/metrics');
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
