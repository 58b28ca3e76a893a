import { afterEach, beforeEach, expect, it } from 'vitest';
import { NAMESPACES } from './cluster-life/namespace-controller.ts';
import { SERVICE_ACCOUNTS } from './cluster-life/service-account-controller.ts';
import { type ApiObject, keyOf } from './objects/api-object.ts';
import { NODES } from './objects/node.ts';
import { isReady } from './objects/pod.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from './objects/resource.ts';
import type { Deployment } from './objects/workload.ts';
import { TestCluster, templateOf } from './testing/test-cluster.ts';
import type { Informer } from './watching/informer.ts';
import { EVENTS } from './watching/event-recorder.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});

afterEach(() => cluster.close());

const deployment = (replicas: number, spec: object = {}): Promise<Deployment> => {
  const selector = { matchLabels: { app: 'web' } };
  return cluster.create(DEPLOYMENTS, 'web', {
    spec: { replicas, selector, template: templateOf('web'), ...spec },
  });
};

const newImage = (tag: string): object => ({
  spec: { template: templateOf('web', { image: `registry.test/web:${tag}` }) },
});

const isOut =
  (replicas: number) =>
  ({ metadata, status }: Deployment): boolean =>
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === replicas &&
    status.availableReplicas === replicas &&
    status.replicas === replicas;

const isFullyOut = (replicas: number): Promise<Deployment> =>
  cluster.untilOne(DEPLOYMENTS, 'web', isOut(replicas));

it('a rollout goes on where it was when the API server comes back', async () => {
  const { cluster: fake } = cluster.whole;
  await deployment(4);
  await isFullyOut(4);
  await cluster.merge(DEPLOYMENTS, 'web', newImage('v2'));
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ status }) =>
    [1, 2, 3].includes(status?.updatedReplicas ?? 0),
  );
  await fake.stop();
  await fake.start();
  await isFullyOut(4);
});

it('a server that has forgotten is listed anew, and what went meanwhile is gone', async () => {
  const { cluster: fake } = cluster.whole;
  await deployment(2);
  await isFullyOut(2);
  await fake.stop();
  fake.forgetHistory();
  await fake.start();
  await cluster.merge(DEPLOYMENTS, 'web', { spec: { replicas: 1 } });
  await isFullyOut(1);
  await cluster.pods((pods) => pods.length === 1);
});

it('storms of conflicts, errors and refusals delay a rollout and do not change its end', async () => {
  const { faults } = cluster.whole.cluster;
  await deployment(3);
  await isFullyOut(3);
  faults.add({ match: { verb: 'update', resource: 'deployments' }, action: { kind: 'conflict' }, times: 5 });
  faults.add({
    match: { verb: 'create', resource: 'pods' },
    action: { kind: 'error', status: 500 },
    times: 3,
  });
  faults.add({ match: { verb: 'patch', resource: 'pods' }, action: { kind: 'partial' }, times: 2 });
  faults.add({
    match: { verb: 'watch', resource: 'pods' },
    action: { kind: 'cut-watch', afterEvents: 2 },
    times: 3,
  });
  cluster.whole.cluster.cutWatches();
  await cluster.merge(DEPLOYMENTS, 'web', newImage('v2'));
  await isFullyOut(3);
  expect(await cluster.pods((pods) => pods.length === 3)).toHaveLength(3);
});

it('a quota that permits no more pods is told by the set and by the Deployment, and its end is noticed', async () => {
  const quota = cluster.whole.cluster.faults.add({
    match: { verb: 'create', resource: 'pods' },
    action: { kind: 'quota', quota: 'small', resource: 'pods', limit: '2' },
  });
  await deployment(2);
  const failing = await cluster.untilOne(
    DEPLOYMENTS,
    'web',
    ({ status }) => status?.conditions?.some(({ type }) => type === 'ReplicaFailure') === true,
  );
  expect(failing.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')).toMatchObject({
    status: 'True',
    reason: 'FailedCreate',
    message: expect.stringContaining('exceeded quota: small'),
  });
  const events = await cluster.until(EVENTS, (all) => all.length > 0);
  expect(events[0]).toMatchObject({ reason: 'FailedCreate', involvedObject: { kind: 'ReplicaSet' } });
  quota.remove();
  const done = await isFullyOut(2);
  expect(done.status?.conditions?.map(({ type }) => type)).not.toContain('ReplicaFailure');
});

it('sets that were left behind are taken over by a Deployment that fits', async () => {
  await deployment(2);
  await isFullyOut(2);
  const pods = await cluster.pods((all) => all.length === 2);
  await cluster.remove(DEPLOYMENTS, 'web', { propagationPolicy: 'Orphan' });
  const [orphan] = await cluster.until(REPLICA_SETS, (sets) =>
    sets.every(({ metadata }) => (metadata.ownerReferences ?? []).length === 0),
  );
  await cluster.until(DEPLOYMENTS, (all) => all.length === 0);
  const again = await deployment(2);
  await isFullyOut(2);
  const sets = await cluster.until(REPLICA_SETS, () => true);
  expect(sets.map(({ metadata }) => metadata.uid)).toEqual([orphan?.metadata.uid]);
  expect(sets[0]?.metadata.ownerReferences?.[0]?.uid).toBe(again.metadata.uid);
  const uids = (await cluster.pods(() => true)).map(({ metadata }) => metadata.uid);
  expect(new Set(uids)).toEqual(new Set(pods.map(({ metadata }) => metadata.uid)));
});

it('a pod whose labels are changed is let go and replaced', async () => {
  await deployment(1);
  await isFullyOut(1);
  const [pod] = await cluster.pods((pods) => pods.length === 1);
  await cluster.merge(PODS, pod?.metadata.name ?? '', { metadata: { labels: { app: 'debug' } } });
  const pods = await cluster.pods((all) => all.length === 2 && all.every(isReady));
  const free = pods.find(({ metadata }) => metadata.uid === pod?.metadata.uid);
  expect(free?.metadata.ownerReferences ?? []).toEqual([]);
});

it('pods leave a silent node when they tolerate it no longer', async () => {
  const tolerations = ['not-ready', 'unreachable'].map((reason) => ({
    key: `node.kubernetes.io/${reason}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 2,
  }));
  await deployment(3, { template: templateOf('web', { spec: { tolerations: tolerations as never } }) });
  await isFullyOut(3);
  await cluster.whole.player.kill('played-1');
  const node = await cluster.untilOne(NODES, 'played-1', ({ spec }) => (spec.taints ?? []).length === 2);
  expect(node.spec.taints?.map(({ key }) => key)).toEqual([
    'node.kubernetes.io/unreachable',
    'node.kubernetes.io/unreachable',
  ]);
  await cluster.pods((pods) =>
    pods.some(
      ({ metadata, spec }) => spec.nodeName === 'played-1' && metadata.deletionTimestamp !== undefined,
    ),
  );
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ status }) => status?.availableReplicas === 3);
});

it('a namespace goes with everything in it, once finalizers of others let go', async () => {
  const { caller, controllers } = cluster.whole;
  const path = '/api/v1/namespaces/shop/configmaps';
  const namespaces = controllers.informers.of(NAMESPACES);
  const accounts = controllers.informers.of(SERVICE_ACCOUNTS);
  const becomes = <T extends ApiObject>(informer: Informer<T>, key: string, there: boolean): Promise<void> =>
    new Promise((resolve) => {
      informer.onChange((now, before) => {
        const changed = now ?? before;
        if (changed !== undefined && keyOf(changed) === key && (now !== undefined) === there) resolve();
      });
    });
  await cluster.create(NAMESPACES, 'shop', {});
  await becomes(accounts, 'shop/default', true);
  const namespaceIsGone = becomes(namespaces, '/shop', false);
  const accountIsGone = becomes(accounts, 'shop/default', false);
  await caller.send({
    method: 'POST',
    path,
    body: { metadata: { name: 'held', finalizers: ['shop.test/hold'] } },
  });
  await caller.send({ method: 'DELETE', path: '/api/v1/namespaces/shop' });
  await accountIsGone;
  expect(namespaces.get(undefined, 'shop')?.metadata.deletionTimestamp).toBeDefined();
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = { metadata: { finalizers: null } };
  await caller.send({ method: 'PATCH', path: `${path}/held`, headers, body });
  await namespaceIsGone;
});
