import { describe, expect, it } from 'vitest';
import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import type { PoolSpec } from '@sluice/core/tasks/pool-spec.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import type { AutoscalingSettings } from '../settings/kubernetes-settings.ts';
import { renderRevision } from './render-revision.ts';
import { renderTrack } from './render-track.ts';
import { renderWorkerToken } from './render-worker-token.ts';
import { SAMPLE_CONTAINER, sampleRevision } from './testing/sample-revision.ts';

const POOL: PoolSpec = {
  ...{ mostWorkers: 20, tasksPerWorker: 1, targetWaitMs: 10_000, keepMs: 60_000, sleepAfterMs: 600_000 },
  ...{ spareWorkers: 0, isForeseeing: false, scaler: 'keda' },
  recycle: { tasks: 0, ageMs: 0, memoryBytes: 0 },
};
const AGENTS: AgentsSpec = {
  ...{ retry: DEFAULT_RETRY_POLICY, unfinished: 'finish', pool: POOL },
  server: 'http://sluice.sluice.svc:4600',
};
const scaled = (scaler: 'hpa' | 'keda', sleeps = false): AutoscalingSettings => ({
  ...{ maxInstances: 20, cpuPercent: null, memoryPercent: null, podMetrics: [] },
  pool: { scaler, sleeps },
  scaleUp: { stabilizationMs: 0, policies: [] },
  scaleDown: { stabilizationMs: 0, policies: [] },
});
const agents = (autoscaling: AutoscalingSettings | null = null) =>
  sampleRevision(
    { autoscaling, routers: [{ kind: 'service' }], workload: { ...SAMPLE_CONTAINER, port: null } },
    { agents: AGENTS, env: { LANGUAGE: 'en' }, instances: 4, drainMs: 20_000 },
  );
const order = (instances: number) => ({ instances, generation: 7 });
const kinds = (objects: readonly KubernetesObject[]) => objects.map(({ kind }) => kind);
const one = (objects: readonly KubernetesObject[], kind: string) => {
  const found = objects.find((object) => object.kind === kind);
  expect(found).toBeDefined();
  return found;
};

describe('agents in a cluster', () => {
  it('are a Deployment that nothing leads requests to', () => {
    expect(kinds(renderRevision(agents(), order(4)))).toEqual(['PodDisruptionBudget', 'Deployment']);
    expect(kinds(renderTrack(agents(), order(4)))).toEqual([]);
  });

  it('are told where their server is and whose they are, and hear of their end at once', () => {
    const { spec } = one(renderRevision(agents(), order(4)), 'Deployment') ?? {};
    const pod = (spec as { template: { spec: Record<string, unknown> } }).template.spec;
    const [container] = pod['containers'] as Record<string, unknown>[];
    const variables = container?.['env'] as { name: string; value?: string }[];
    expect(variables).toEqual(
      expect.arrayContaining([
        { name: 'SLUICE_WORKER_URL', value: 'http://sluice.sluice.svc:4600' },
        { name: 'SLUICE_TRACK', value: 'shop/production/web' },
        { name: 'SLUICE_TOKEN_FILE', value: '/run/sluice/token/token' },
        { name: 'SLUICE_REVISION', value: 'web-5e1f0c9a7b42' },
        { name: 'PORT', value: '8080' },
      ]),
    );
    const { metadata } = renderWorkerToken('shop', agents().track, 'slu_x');
    expect(pod['volumes']).toContainEqual({ name: 'sluice-token', secret: { secretName: metadata.name } });
    expect(container?.['volumeMounts']).toContainEqual({
      ...{ name: 'sluice-token', mountPath: '/run/sluice/token', readOnly: true },
    });
    expect(pod['terminationGracePeriodSeconds']).toBe(25);
    expect(container).not.toHaveProperty('lifecycle');
    expect(container).not.toHaveProperty('livenessProbe');
    expect(container).toMatchObject({ readinessProbe: { tcpSocket: { port: 8080 } } });
  });

  it('have what the profile "restricted" of pod security asks for', () => {
    const { spec } = one(renderRevision(agents(), order(4)), 'Deployment') ?? {};
    expect(spec).toMatchObject({
      template: {
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    });
  });
});

describe('a pool in a cluster', () => {
  it('is followed by a HorizontalPodAutoscaler on what the pool wants', () => {
    const objects = renderRevision(agents(scaled('hpa')), order(1));
    expect(one(objects, 'HorizontalPodAutoscaler')?.spec).toMatchObject({
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [
        {
          type: 'External',
          external: {
            metric: {
              name: 'agent_workers_wanted',
              selector: { matchLabels: { revision: expect.stringMatching(/^web-5e1f/) } },
            },
            target: { type: 'AverageValue', averageValue: '1' },
          },
        },
      ],
    });
    expect(one(objects, 'Deployment')?.spec).not.toHaveProperty('replicas');
  });

  it('is followed by KEDA, which makes an autoscaler under our name and labels', () => {
    const objects = renderRevision(agents(scaled('keda', true)), order(4));
    expect(kinds(objects)).not.toContain('HorizontalPodAutoscaler');
    const scaler = one(objects, 'ScaledObject');
    const deployment = one(objects, 'Deployment');
    expect(scaler?.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'sluice' });
    expect(scaler?.spec).toMatchObject({
      ...{ idleReplicaCount: 0, minReplicaCount: 4, maxReplicaCount: 20, cooldownPeriod: 0 },
      scaleTargetRef: { name: deployment?.metadata.name },
      advanced: { horizontalPodAutoscalerConfig: { name: deployment?.metadata.name } },
      triggers: [
        {
          type: 'metrics-api',
          metadata: {
            url: 'http://sluice.sluice.svc:4600/api/v1/pools?track=shop%2Fproduction%2Fweb&revision=web-5e1f0c9a7b42',
            valueLocation: 'items.0.workers',
            targetValue: '1',
          },
        },
      ],
    });
  });

  it('stays as it is while nobody says what it wants', () => {
    // A fallback would take workers from their tasks while a server starts again.
    for (const sleeps of [true, false])
      expect(
        one(renderRevision(agents(scaled('keda', sleeps)), order(2)), 'ScaledObject')?.spec,
      ).not.toHaveProperty('fallback');
  });

  it('keeps what was ordered where it may not sleep, and nothing at an order of none', () => {
    const awake = one(renderRevision(agents(scaled('keda')), order(2)), 'ScaledObject');
    expect(awake?.spec).toMatchObject({ minReplicaCount: 2 });
    // KEDA warns of what only a pool that sleeps has.
    for (const key of ['idleReplicaCount', 'pollingInterval', 'cooldownPeriod'])
      expect(awake?.spec).not.toHaveProperty(key);
    const none = one(renderRevision(agents(scaled('keda', true)), order(0)), 'ScaledObject');
    expect(none?.metadata.annotations).toMatchObject({ 'autoscaling.keda.sh/paused-replicas': '0' });
    // Which KEDA demands to be less than the fewest.
    expect(none?.spec).not.toHaveProperty('idleReplicaCount');
  });
});
