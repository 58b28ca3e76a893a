import { randomUUID } from 'node:crypto';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { revisionName, trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { AutoscalingSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clusterRevision, testContainer, testSettings } from '../testing/cluster-revision.ts';
import { type PlayedCluster, playedCluster } from '../testing/played-cluster.ts';
import { describeTokenSeatsContract } from '../token-seats.contract.ts';
import { kubernetesTarget } from './kubernetes-target.ts';
import { tokenSecrets } from './token-secrets.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };
const pool = (sleeps: boolean, scaler: 'hpa' | 'keda' = 'hpa'): AutoscalingSettings => ({
  ...{ maxInstances: 5, cpuPercent: null, memoryPercent: null, podMetrics: [] },
  pool: { scaler, sleeps },
  scaleUp: { stabilizationMs: 0, policies: [] },
  scaleDown: { stabilizationMs: 0, policies: [] },
});

let cluster: PlayedCluster;
let namespace: string;
beforeAll(async () => {
  cluster = await playedCluster();
  namespace = await cluster.namespace();
});
afterAll(() => cluster.close());

/** A revision of agents, and what runs it. */
function agents(autoscaling: AutoscalingSettings | null) {
  const settings = testSettings(namespace, { autoscaling, workload: testContainer({ port: null }) });
  const record = clusterRevision(trackId('fleet', 'test', `agent-${randomUUID().slice(0, 6)}`), 1, settings, {
    instances: 1,
    agents: { retry: DEFAULT_RETRY_POLICY, unfinished: 'finish', server: 'http://sluice.example:4600' },
  });
  const target = kubernetesTarget({
    ...{ client: cluster.client, settings, component: record.component, now: () => Date.now() },
    readSecrets: async () => ({ secrets: {}, missing: {} }),
    isRouted: async () => false,
  });
  const seen = (wanted: object) =>
    vi.waitFor(
      async () => expect((await target.observe(record.track))[record.id]).toMatchObject(wanted),
      PATIENCE,
    );
  const apply = (instances: number, generation: number) =>
    target.apply({ revision: record, instances, dedicatedPorts: false, generation });
  const deployment = {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', namespace },
    name: revisionName(record.track, record.id),
  };
  return { record, target, seen, apply, deployment };
}

describeTokenSeatsContract('Secrets of a namespace', () => tokenSecrets(cluster.client, namespace));

describe('agents in a cluster', () => {
  it('find the token of their track in a Secret that bears its marks', async () => {
    const { record } = agents(null);
    await tokenSecrets(cluster.client, namespace).write(record.track, 'slu_one');
    const labels = `app.kubernetes.io/managed-by=sluice,sluice.dev/track=${trackLabel(record.track)}`;
    const found = await cluster.client.list({ apiVersion: 'v1', kind: 'Secret', namespace, labels });
    expect(found.map(({ metadata }) => metadata.annotations?.['sluice.dev/track'])).toEqual([record.track]);
  });

  it('run as pods that have no address, and leave nothing', async () => {
    const { record, target, seen, apply } = agents(null);
    await apply(2, 1);
    await seen({ ordered: 2, ready: 2, endpoints: [], wanted: null });
    const services = await cluster.client.list({ apiVersion: 'v1', kind: 'Service', namespace });
    expect(services.filter(({ metadata }) => metadata.name.startsWith('fleet'))).toEqual([]);
    await target.retire(record.track, record.id, 2);
    await vi.waitFor(async () => expect(await target.observe(record.track)).toEqual({}), PATIENCE);
  });

  it('are as many as their pool wants, which is seen as what a load has made an autoscaler want', async (test) => {
    // A real cluster would have to be pointed at the external metrics of a control plane.
    if (cluster.fake === null) return test.skip();
    const { metrics } = cluster.fake.controllers;
    const { seen, apply } = agents(pool(false));
    metrics.setExternal('agent_workers_wanted', 3);
    await apply(1, 1);
    await seen({ ordered: 1, ready: 3, wanted: 3 });
    metrics.setExternal('agent_workers_wanted', 1);
    await seen({ ordered: 1, ready: 1, wanted: null });
    metrics.setExternal('agent_workers_wanted', undefined);
  });

  it('that sleep can do what was ordered', async () => {
    const { seen, apply, deployment } = agents(pool(true));
    await apply(2, 1);
    await seen({ ready: 2 });
    await cluster.client.patch(deployment, { spec: { replicas: 0 } });
    await seen({ ordered: 2, ready: 2, reason: null, crashLooping: false, youngestStartAt: null });
  });

  it('that may not sleep cannot', async () => {
    const { seen, apply, deployment } = agents(pool(false));
    await apply(1, 1);
    await seen({ ready: 1 });
    await cluster.client.patch(deployment, { spec: { replicas: 0 } });
    await seen({ ordered: 1, ready: 0 });
  });
});

const SCALED_OBJECT = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' } as const;
/** So much of KEDA's own definition that the kind is served where KEDA is not installed. */
const DEFINITION = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: {
      ...{ kind: 'ScaledObject', listKind: 'ScaledObjectList' },
      ...{ plural: 'scaledobjects', singular: 'scaledobject' },
    },
    versions: [
      {
        ...{ name: 'v1alpha1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

describe('agents whose pods KEDA counts', () => {
  let isOurs = false;
  beforeAll(async () => {
    const { client } = cluster;
    isOurs = !(await client.serves(SCALED_OBJECT.apiVersion, SCALED_OBJECT.kind));
    if (!isOurs) return;
    await client.apply(DEFINITION);
    await vi.waitFor(
      async () => expect(await client.serves(SCALED_OBJECT.apiVersion, SCALED_OBJECT.kind)).toBe(true),
      PATIENCE,
    );
  });
  afterAll(async () => {
    const { apiVersion, kind, metadata } = DEFINITION;
    if (isOurs) await cluster.client.remove({ apiVersion, kind, name: metadata.name });
  });

  it('have a ScaledObject that follows each order, and goes with them', async () => {
    const { record, target, seen, apply, deployment } = agents(pool(true, 'keda'));
    const scaler = { ...SCALED_OBJECT, namespace, name: deployment.name };
    const paused = async (): Promise<unknown> =>
      (await cluster.client.read(scaler))?.metadata.annotations?.['autoscaling.keda.sh/paused-replicas'];
    await apply(2, 1);
    await seen({ ordered: 2, ready: 2 });
    expect(await cluster.client.read(scaler)).toMatchObject({
      spec: { scaleTargetRef: { name: deployment.name }, idleReplicaCount: 0, minReplicaCount: 2 },
    });
    await apply(0, 2);
    await seen({ ordered: 0, ready: 0 });
    expect(await paused()).toBe('0');
    await apply(1, 3);
    await seen({ ordered: 1, ready: 1 });
    expect(await paused()).toBeUndefined();
    await target.retire(record.track, record.id, 4);
    await vi.waitFor(async () => expect(await cluster.client.read(scaler)).toBeUndefined(), PATIENCE);
  });
});
