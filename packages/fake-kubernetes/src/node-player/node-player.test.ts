import { afterEach, beforeEach, expect, it } from 'vitest';
import { BUDGETS } from '../controllers/disruption/budget-status.ts';
import { NODES, isNodeReady } from '../controllers/objects/node.ts';
import { type Pod, isReady } from '../controllers/objects/pod.ts';
import { DEPLOYMENTS, PODS } from '../controllers/objects/resource.ts';
import { TestCluster, templateOf } from '../controllers/testing/test-cluster.ts';
import { EVENTS } from '../controllers/watching/event-recorder.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});

afterEach(() => cluster.close());

const run = (annotations: Record<string, string>, image = 'registry.test/web:v1'): Promise<Pod> => {
  const { spec } = templateOf('web', { image });
  const played = Object.entries(annotations).map(([name, value]) => [`play.sluice.dev/${name}`, value]);
  return cluster.create(PODS, 'web', {
    metadata: { name: 'web', labels: { app: 'web' }, annotations: Object.fromEntries(played) },
    spec,
  });
};

const containerOf = ({ status }: Pod) => status?.containerStatuses?.[0];
const waitingFor = (pod: Pod): string | undefined => containerOf(pod)?.state?.waiting?.reason;

const untilEvent = (reason: string): Promise<unknown> =>
  cluster.until(EVENTS, (events) =>
    events.some((event) => (event as typeof event & { readonly reason: string }).reason === reason),
  );

it('a pod runs, is ready and has an address', async () => {
  await run({});
  const pod = await cluster.untilOne(PODS, 'web', isReady);
  expect(pod.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\.\d+\.\d+\.\d+$/) });
  expect(containerOf(pod)).toMatchObject({ ready: true, started: true, restartCount: 0 });
});

it('a pod can take its time to be ready', async () => {
  await run({ 'ready-after': '1s' });
  await cluster.untilOne(PODS, 'web', (pod) => pod.status?.phase === 'Running' && !isReady(pod));
  await cluster.untilOne(PODS, 'web', isReady);
});

it('a pod whose readiness fails says so, at first or later', async () => {
  await run({ ready: 'never' });
  await cluster.untilOne(PODS, 'web', (pod) => pod.status?.phase === 'Running');
  await untilEvent('Unhealthy');
  await cluster.merge(PODS, 'web', { metadata: { annotations: { 'play.sluice.dev/ready': null } } });
  await cluster.untilOne(PODS, 'web', isReady);
  await cluster.merge(PODS, 'web', { metadata: { annotations: { 'play.sluice.dev/ready': 'never' } } });
  const pod = await cluster.untilOne(PODS, 'web', (one) => !isReady(one));
  expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [web]',
  });
});

it('an image with the tag broken is never pulled', async () => {
  await run({}, 'registry.test/web:broken');
  const first = await cluster.untilOne(PODS, 'web', (pod) => waitingFor(pod) === 'ErrImagePull');
  expect(first.status?.phase).toBe('Pending');
  await cluster.untilOne(PODS, 'web', (pod) => waitingFor(pod) === 'ImagePullBackOff');
  await untilEvent('BackOff');
  await untilEvent('Failed');
});

it('a crash loop restarts and backs off', async () => {
  await run({ crash: 'loop', 'exit-code': '137' });
  const pod = await cluster.untilOne(PODS, 'web', (one) => waitingFor(one) === 'CrashLoopBackOff');
  expect(containerOf(pod)?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  await cluster.untilOne(PODS, 'web', (one) => (containerOf(one)?.restartCount ?? 0) >= 2);
  await untilEvent('BackOff');
});

it('a pod takes its time to stop, at most its grace', async () => {
  await run({ 'stop-after': '5s' });
  await cluster.untilOne(PODS, 'web', isReady);
  await cluster.remove(PODS, 'web', { gracePeriodSeconds: 1 });
  const pod = await cluster.untilOne(PODS, 'web', ({ metadata }) => metadata.deletionTimestamp !== undefined);
  expect(isReady(pod)).toBe(true);
  await cluster.pods((pods) => pods.length === 0);
});

const deployment = (replicas: number): Promise<unknown> => {
  const selector = { matchLabels: { app: 'web' } };
  return cluster.create(DEPLOYMENTS, 'web', { spec: { replicas, selector, template: templateOf('web') } });
};

const allReady = (count: number): Promise<unknown> =>
  cluster.untilOne(DEPLOYMENTS, 'web', ({ status }) => status?.availableReplicas === count);

it('a drain moves pods elsewhere and never below the budget', async () => {
  await deployment(3);
  await allReady(3);
  const spec = { minAvailable: 2, selector: { matchLabels: { app: 'web' } } };
  await cluster.create(BUDGETS, 'web', { spec });
  await cluster.untilOne(BUDGETS, 'web', ({ status }) => status?.disruptionsAllowed === 1);
  const healthy: number[] = [];
  const end = cluster.whole.controllers.informers.of(BUDGETS).onChange((now) => {
    if (now?.status?.observedGeneration === 1) healthy.push(now.status.currentHealthy);
  });
  for (const node of ['played-0', 'played-1']) await cluster.whole.player.drain(node);
  end();
  await allReady(3);
  const pods = await cluster.pods((all) => all.every(isReady));
  expect(new Set(pods.map(({ spec: { nodeName } }) => nodeName))).toEqual(new Set(['played-2']));
  expect(Math.min(...healthy)).toBe(2);
  await cluster.whole.player.uncordon('played-0');
  const node = await cluster.untilOne(NODES, 'played-0', (one) => (one.spec.taints ?? []).length === 0);
  expect(node.spec.unschedulable).toBeUndefined();
});

it('a node that falls silent loses its pods after a while, and gets rid of them when it is back', async () => {
  await deployment(3);
  await allReady(3);
  await cluster.whole.player.kill('played-0');
  await cluster.untilOne(NODES, 'played-0', (node) => !isNodeReady(node));
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ status }) => status?.availableReplicas === 2);
  const [lost] = await cluster.pods((pods) => pods.some(({ spec }) => spec.nodeName === 'played-0'));
  const name = lost?.metadata.name ?? '';
  await cluster.remove(PODS, (await onNode('played-0'))?.metadata.name ?? name);
  await allReady(3);
  const stuck = await onNode('played-0');
  expect(stuck?.metadata.deletionTimestamp).toBeDefined();
  await cluster.whole.player.revive('played-0');
  await cluster.pods((pods) => pods.length === 3 && pods.every(isReady));
  expect(await onNode('played-0')).toBeUndefined();
});

it('pods of a node that was silent for a moment are ready again when it is back', async () => {
  await deployment(3);
  await allReady(3);
  const before = await onNode('played-0');
  await cluster.whole.player.kill('played-0');
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ status }) => status?.availableReplicas === 2);
  await cluster.whole.player.revive('played-0');
  await allReady(3);
  expect((await onNode('played-0'))?.metadata.uid).toBe(before?.metadata.uid);
});

async function onNode(node: string): Promise<Pod | undefined> {
  const pods = await cluster.pods(() => true);
  return pods.find(({ spec }) => spec.nodeName === node);
}
