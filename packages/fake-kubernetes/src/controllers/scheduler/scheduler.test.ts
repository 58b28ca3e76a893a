import { afterEach, expect, it } from 'vitest';
import { NODES } from '../objects/node.ts';
import type { Pod, PodSpec } from '../objects/pod.ts';
import { DEPLOYMENTS, PODS } from '../objects/resource.ts';
import { TestCluster, templateOf } from '../testing/test-cluster.ts';
import { EVENTS } from '../watching/event-recorder.ts';

let cluster: TestCluster;

afterEach(() => cluster.close());

const start = async (capacity?: Record<string, string>): Promise<void> => {
  cluster = await TestCluster.start(capacity === undefined ? {} : { nodes: { capacity } });
};

const pod = (spec: Partial<PodSpec> = {}, labels: Record<string, string> = { app: 'web' }): object => ({
  metadata: { labels },
  spec: { ...templateOf('web').spec, ...spec },
});

const create = (name: string, body: object): Promise<Pod> => {
  const { metadata, ...rest } = body as { readonly metadata: object };
  return cluster.create(PODS, name, { metadata: { name, ...metadata }, ...rest });
};

const whyNot = ({ status }: Pod): string | undefined =>
  status?.conditions?.find(({ type, status: value }) => type === 'PodScheduled' && value === 'False')
    ?.message;

it('spreads pods over the nodes', async () => {
  await start();
  const selector = { matchLabels: { app: 'web' } };
  await cluster.create(DEPLOYMENTS, 'web', { spec: { replicas: 6, selector, template: templateOf('web') } });
  const pods = await cluster.pods(
    (all) => all.filter(({ spec }) => spec.nodeName !== undefined).length === 6,
  );
  const counts = new Map<string, number>();
  for (const { spec } of pods) counts.set(spec.nodeName ?? '', (counts.get(spec.nodeName ?? '') ?? 0) + 1);
  expect([...counts.values()]).toEqual([2, 2, 2]);
});

it('a pod that fits nowhere says why, and is scheduled when room is made', async () => {
  await start({ cpu: '1', memory: '1Gi', pods: '10' });
  const containers = [{ name: 'web', image: 'web:v1', resources: { requests: { cpu: '700m' } } }];
  for (const name of ['one', 'two', 'three']) await create(name, pod({ containers }));
  await cluster.pods((all) => all.every(({ spec }) => spec.nodeName !== undefined));
  await create('four', pod({ containers }));
  const waiting = await cluster.untilOne(PODS, 'four', (one) => whyNot(one) !== undefined);
  expect(whyNot(waiting)).toBe('0/3 nodes are available: 3 Insufficient cpu.');
  const events = await cluster.until(EVENTS, (all) => all.length > 0);
  expect(events[0]).toMatchObject({
    reason: 'FailedScheduling',
    type: 'Warning',
    involvedObject: { name: 'four' },
  });
  await cluster.remove(PODS, 'two');
  await cluster.untilOne(PODS, 'four', ({ spec }) => spec.nodeName !== undefined);
});

it('follows node selectors and taints', async () => {
  await start();
  await cluster.merge(NODES, 'played-2', { metadata: { labels: { disk: 'fast' } } });
  await cluster.merge(NODES, 'played-0', {
    spec: { taints: [{ key: 'only', value: 'x', effect: 'NoSchedule' }] },
  });
  await create('picky', pod({ nodeSelector: { disk: 'fast' } }));
  expect(
    (await cluster.untilOne(PODS, 'picky', ({ spec }) => spec.nodeName !== undefined)).spec.nodeName,
  ).toBe('played-2');
  await create('plain', pod());
  expect(
    (await cluster.untilOne(PODS, 'plain', ({ spec }) => spec.nodeName !== undefined)).spec.nodeName,
  ).toBe('played-1');
  const tolerations = [{ key: 'only', operator: 'Exists' }] as const;
  await create('tolerant', pod({ tolerations }));
  expect(
    (await cluster.untilOne(PODS, 'tolerant', ({ spec }) => spec.nodeName !== undefined)).spec.nodeName,
  ).toBe('played-0');
});

it('keeps pods that avoid each other apart', async () => {
  await start();
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  for (const name of ['one', 'two', 'three']) await create(name, pod({ affinity }));
  const pods = await cluster.pods(
    (all) => all.length === 3 && all.every(({ spec }) => spec.nodeName !== undefined),
  );
  expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBe(3);
  await create('four', pod({ affinity }));
  const waiting = await cluster.untilOne(PODS, 'four', (one) => whyNot(one) !== undefined);
  expect(whyNot(waiting)).toMatch(/anti-affinity/);
});
