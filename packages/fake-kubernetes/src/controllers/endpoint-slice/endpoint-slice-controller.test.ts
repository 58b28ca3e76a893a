import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEPLOYMENTS, PODS } from '../objects/resource.ts';
import { SERVICES } from '../objects/service.ts';
import { TestCluster, templateOf } from '../testing/test-cluster.ts';
import { ENDPOINT_SLICES, type EndpointSlice } from './endpoint-slice-controller.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
  const containers = [{ name: 'web', image: 'web:v1', ports: [{ name: 'http', containerPort: 8080 }] }];
  const template = templateOf('web', { spec: { containers } });
  const selector = { matchLabels: { app: 'web' } };
  await cluster.create(DEPLOYMENTS, 'web', { spec: { replicas: 2, selector, template } });
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
  await cluster.create(SERVICES, 'web', { spec: { selector: { app: 'web' }, ports } });
});

afterEach(() => cluster.close());

const ready = ({ endpoints }: EndpointSlice): number =>
  (endpoints ?? []).filter(({ conditions }) => conditions.ready).length;

const readyInAll = (slices: readonly EndpointSlice[]): number =>
  slices.reduce((sum, slice) => sum + ready(slice), 0);

it('tells the addresses of ready pods under the number of their named port', async () => {
  const [slice] = await cluster.until(ENDPOINT_SLICES, (slices) => readyInAll(slices) === 2);
  expect(slice).toMatchObject({
    addressType: 'IPv4',
    metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  });
  const names = slice?.endpoints?.map(({ targetRef }) => targetRef.name) ?? [];
  const pods = await cluster.pods(() => true);
  expect(new Set(names)).toEqual(new Set(pods.map(({ metadata }) => metadata.name)));
});

it('a pod that loses its readiness stays and is told to be not ready', async () => {
  await cluster.until(ENDPOINT_SLICES, (slices) => readyInAll(slices) === 2);
  const [pod] = await cluster.pods(() => true);
  await cluster.merge(PODS, pod?.metadata.name ?? '', {
    metadata: { annotations: { 'play.sluice.dev/ready': 'never' } },
  });
  const [slice] = await cluster.until(ENDPOINT_SLICES, (slices) => readyInAll(slices) === 1);
  expect(slice?.endpoints).toHaveLength(2);
});

it('a pod that is ending is told to be terminating and still serving', async () => {
  await cluster.until(ENDPOINT_SLICES, (slices) => readyInAll(slices) === 2);
  const [pod] = await cluster.pods(() => true);
  const name = pod?.metadata.name ?? '';
  await cluster.merge(PODS, name, { metadata: { annotations: { 'play.sluice.dev/stop-after': '20s' } } });
  await cluster.remove(PODS, name);
  const [slice] = await cluster.until(ENDPOINT_SLICES, (slices) =>
    slices.some(({ endpoints }) => (endpoints ?? []).some(({ conditions }) => conditions.terminating)),
  );
  const ending = slice?.endpoints?.find(({ targetRef }) => targetRef.name === name);
  expect(ending?.conditions).toEqual({ ready: false, serving: true, terminating: true });
});

it('a Service without pods keeps an empty slice, and its slices go with it', async () => {
  await cluster.merge(DEPLOYMENTS, 'web', { spec: { replicas: 0 } });
  await cluster.until(
    ENDPOINT_SLICES,
    (slices) => slices.length === 1 && slices.every(({ endpoints }) => (endpoints ?? []).length === 0),
  );
  await cluster.remove(SERVICES, 'web');
  await cluster.until(ENDPOINT_SLICES, (slices) => slices.length === 0);
});
