import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod } from '../objects/pod.ts';
import { PODS, STATEFUL_SETS } from '../objects/resource.ts';
import { TestCluster, templateOf } from '../testing/test-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});

afterEach(() => cluster.close());

const body = (replicas: number, spec: object = {}, image = 'registry.test/db:v1'): object => ({
  spec: {
    replicas,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: templateOf('db', { image }),
    ...spec,
  },
});

const image = (tag: string): object => ({
  spec: { template: templateOf('db', { image: `registry.test/db:${tag}` }) },
});

const imagesOf = (pods: readonly Pod[]): Record<string, string> =>
  Object.fromEntries(
    pods.map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image.split(':')[1] ?? '']),
  );

it('makes pods one after the other, each when the one before is ready', async () => {
  const seen: string[] = [];
  const end = cluster.whole.controllers.informers.of(PODS).onChange((now, before) => {
    if (before === undefined && now !== undefined) seen.push(`made ${now.metadata.name}`);
    if (now?.status?.phase === 'Running' && before?.status?.phase !== 'Running')
      seen.push(`runs ${now.metadata.name}`);
  });
  await cluster.create(STATEFUL_SETS, 'db', body(2));
  await cluster.untilOne(STATEFUL_SETS, 'db', ({ status }) => status?.readyReplicas === 2);
  end();
  expect(seen).toEqual(['made db-0', 'runs db-0', 'made db-1', 'runs db-1']);
});

it('makes all pods at once in parallel', async () => {
  await cluster.create(STATEFUL_SETS, 'db', body(3, { podManagementPolicy: 'Parallel' }));
  const pods = await cluster.pods((all) => all.length === 3);
  expect(Object.keys(imagesOf(pods))).toEqual(expect.arrayContaining(['db-0', 'db-1', 'db-2']));
  expect(pods.every(({ status }) => status?.phase === 'Pending')).toBe(true);
});

it('an update goes from the last pod down to the partition and goes on when the partition falls', async () => {
  const strategy = (partition: number): object => ({
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
  });
  await cluster.create(STATEFUL_SETS, 'db', body(3, strategy(2)));
  const first = await cluster.untilOne(STATEFUL_SETS, 'db', ({ status }) => status?.readyReplicas === 3);
  await cluster.merge(STATEFUL_SETS, 'db', image('v2'));
  const half = await cluster.untilOne(
    STATEFUL_SETS,
    'db',
    ({ status }) => status?.updatedReplicas === 1 && status.readyReplicas === 3,
  );
  expect(half.status?.currentRevision).toBe(first.status?.currentRevision);
  expect(half.status?.updateRevision).not.toBe(half.status?.currentRevision);
  expect(imagesOf(await cluster.pods(() => true))).toEqual({ 'db-0': 'v1', 'db-1': 'v1', 'db-2': 'v2' });
  await cluster.merge(STATEFUL_SETS, 'db', { spec: strategy(0) });
  const done = await cluster.untilOne(
    STATEFUL_SETS,
    'db',
    ({ status }) => status?.updatedReplicas === 3 && status.currentRevision === status.updateRevision,
  );
  expect(done.status).toMatchObject({ replicas: 3, readyReplicas: 3, currentReplicas: 3 });
});

it('a pod below the partition that is deleted comes back with the old template', async () => {
  const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } };
  await cluster.create(STATEFUL_SETS, 'db', body(2, partition));
  await cluster.untilOne(STATEFUL_SETS, 'db', ({ status }) => status?.readyReplicas === 2);
  await cluster.merge(STATEFUL_SETS, 'db', image('v2'));
  await cluster.untilOne(
    STATEFUL_SETS,
    'db',
    ({ status }) => status?.updatedReplicas === 1 && status.readyReplicas === 2,
  );
  const [old] = await cluster.pods((pods) => pods.some(({ metadata }) => metadata.name === 'db-0'));
  await cluster.remove(PODS, 'db-0');
  const pods = await cluster.pods((all) =>
    all.some(
      ({ metadata, status }) =>
        metadata.name === 'db-0' && metadata.uid !== old?.metadata.uid && status?.phase === 'Running',
    ),
  );
  expect(imagesOf(pods)).toEqual({ 'db-0': 'v1', 'db-1': 'v2' });
});

it('OnDelete replaces a pod only when somebody deletes it', async () => {
  await cluster.create(STATEFUL_SETS, 'db', body(2, { updateStrategy: { type: 'OnDelete' } }));
  await cluster.untilOne(STATEFUL_SETS, 'db', ({ status }) => status?.readyReplicas === 2);
  await cluster.merge(STATEFUL_SETS, 'db', image('v2'));
  await cluster.untilOne(
    STATEFUL_SETS,
    'db',
    ({ status, metadata }) => status?.observedGeneration === metadata.generation,
  );
  expect(imagesOf(await cluster.pods(() => true))).toEqual({ 'db-0': 'v1', 'db-1': 'v1' });
  await cluster.remove(PODS, 'db-0');
  await cluster.untilOne(
    STATEFUL_SETS,
    'db',
    ({ status }) => status?.updatedReplicas === 1 && status.readyReplicas === 2,
  );
  expect(imagesOf(await cluster.pods(() => true))).toEqual({ 'db-0': 'v2', 'db-1': 'v1' });
});

it('a template that comes back is a revision that was there', async () => {
  await cluster.create(STATEFUL_SETS, 'db', body(1));
  const first = await cluster.untilOne(STATEFUL_SETS, 'db', ({ status }) => status?.readyReplicas === 1);
  await cluster.merge(STATEFUL_SETS, 'db', image('v2'));
  const revision = first.status?.currentRevision;
  await cluster.untilOne(
    STATEFUL_SETS,
    'db',
    ({ status }) => status?.currentRevision !== revision && status?.readyReplicas === 1,
  );
  await cluster.merge(STATEFUL_SETS, 'db', image('v1'));
  const back = await cluster.untilOne(
    STATEFUL_SETS,
    'db',
    ({ status }) => status?.updateRevision === revision,
  );
  expect(back.status?.updateRevision).toBe(revision);
});

it('shrinks from the last pod on', async () => {
  await cluster.create(STATEFUL_SETS, 'db', body(3, { podManagementPolicy: 'Parallel' }));
  await cluster.untilOne(STATEFUL_SETS, 'db', ({ status }) => status?.readyReplicas === 3);
  await cluster.merge(STATEFUL_SETS, 'db', { spec: { replicas: 1 } });
  const pods = await cluster.pods((all) => all.length === 1);
  expect(pods[0]?.metadata.name).toBe('db-0');
});
