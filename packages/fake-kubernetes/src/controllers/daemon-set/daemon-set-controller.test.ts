import { afterEach, beforeEach, expect, it } from 'vitest';
import { NODES } from '../objects/node.ts';
import type { Pod } from '../objects/pod.ts';
import { DAEMON_SETS, PODS } from '../objects/resource.ts';
import { TestCluster, templateOf } from '../testing/test-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});

afterEach(() => cluster.close());

const body = (updateStrategy: object = {}, spec: object = {}): object => ({
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: templateOf('agent', { spec }),
    updateStrategy,
  },
});

const image = (tag: string): object => ({
  spec: { template: templateOf('agent', { image: `registry.test/agent:${tag}` }) },
});

const tagOf = ({ spec }: Pod): string => spec.containers[0]?.image.split(':')[1] ?? '';

const ready = (count: number): Promise<unknown> =>
  cluster.untilOne(DAEMON_SETS, 'agent', ({ status }) => status?.numberAvailable === count);

it('brings one pod to each node', async () => {
  await cluster.create(DAEMON_SETS, 'agent', body());
  const set = await cluster.untilOne(DAEMON_SETS, 'agent', ({ status }) => status?.numberAvailable === 3);
  expect(set.status).toMatchObject({
    desiredNumberScheduled: 3,
    currentNumberScheduled: 3,
    numberReady: 3,
    numberMisscheduled: 0,
    updatedNumberScheduled: 3,
  });
  const nodes = (await cluster.pods(() => true)).map(({ spec }) => spec.nodeName);
  expect(new Set(nodes)).toEqual(new Set(['played-0', 'played-1', 'played-2']));
});

it('follows the labels of nodes', async () => {
  await cluster.create(DAEMON_SETS, 'agent', body({}, { nodeSelector: { disk: 'fast' } }));
  await cluster.untilOne(DAEMON_SETS, 'agent', ({ status }) => status?.observedGeneration === 1);
  expect(await cluster.pods(() => true)).toEqual([]);
  await cluster.merge(NODES, 'played-1', { metadata: { labels: { disk: 'fast' } } });
  await ready(1);
  await cluster.merge(NODES, 'played-1', { metadata: { labels: { disk: null } } });
  await cluster.pods((pods) => pods.length === 0);
});

it('a rolling update has at most one pod missing', async () => {
  await cluster.create(DAEMON_SETS, 'agent', body());
  await ready(3);
  const available: number[] = [];
  const end = cluster.whole.controllers.informers.of(DAEMON_SETS).onChange((now) => {
    available.push(now?.status?.numberAvailable ?? 0);
  });
  await cluster.merge(DAEMON_SETS, 'agent', image('v2'));
  await cluster.untilOne(
    DAEMON_SETS,
    'agent',
    ({ status }) =>
      status?.observedGeneration === 2 && status.updatedNumberScheduled === 3 && status.numberAvailable === 3,
  );
  end();
  expect(Math.min(...available)).toBe(2);
});

it('a rolling update with surge has none missing', async () => {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  await cluster.create(DAEMON_SETS, 'agent', body(strategy));
  await ready(3);
  const available: number[] = [];
  const end = cluster.whole.controllers.informers.of(DAEMON_SETS).onChange((now) => {
    available.push(now?.status?.numberAvailable ?? 0);
  });
  await cluster.merge(DAEMON_SETS, 'agent', image('v2'));
  await cluster.pods(
    (pods) =>
      pods.length === 3 && pods.every((pod) => tagOf(pod) === 'v2' && pod.status?.phase === 'Running'),
  );
  end();
  expect(Math.min(...available)).toBe(3);
});

it('OnDelete replaces a pod only when somebody deletes it', async () => {
  await cluster.create(DAEMON_SETS, 'agent', body({ type: 'OnDelete' }));
  await ready(3);
  await cluster.merge(DAEMON_SETS, 'agent', image('v2'));
  await cluster.untilOne(DAEMON_SETS, 'agent', ({ status }) => status?.observedGeneration === 2);
  const [first] = await cluster.pods((pods) => pods.every((pod) => tagOf(pod) === 'v1'));
  await cluster.remove(PODS, first?.metadata.name ?? '');
  await cluster.untilOne(
    DAEMON_SETS,
    'agent',
    ({ status }) => status?.updatedNumberScheduled === 1 && status.numberAvailable === 3,
  );
  const updated = (await cluster.pods(() => true)).filter((pod) => tagOf(pod) === 'v2');
  expect(updated).toHaveLength(1);
});
