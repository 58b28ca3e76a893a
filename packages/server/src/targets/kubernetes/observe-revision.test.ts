import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { observeRevision } from './observe-revision.ts';
import { orderMarks } from './order-marks.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');

const deployment = (ordered: number): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', annotations: orderMarks(ordered, 1, AT) },
});

const autoscaler = (minReplicas: number, desiredReplicas: number, limited: string): KubernetesObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { minReplicas, maxReplicas: 20 },
  status: {
    desiredReplicas,
    conditions: [
      { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
      {
        type: 'ScalingLimited',
        status: limited === 'DesiredWithinRange' ? 'False' : 'True',
        reason: limited,
      },
    ],
  },
});

const reasonOf = (pods: readonly KubernetesObject[], status: KubernetesObject['status'] = {}) =>
  observeRevision(
    { deployment: { ...deployment(3), status }, autoscaler: undefined, pods },
    { port: 8080, withinMs: 60_000, now: AT },
  ).reason;

const pod = (name: string, ready: boolean, more: Partial<KubernetesObject> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
  status: {
    conditions: [
      { type: 'Ready', status: ready ? 'True' : 'False', message: 'containers with unready status' },
    ],
  },
  ...more,
});

describe('the reason why instances are missing', () => {
  const quota = {
    conditions: [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
    ],
  };

  it('is that no pod can be made, or no more than there are', () => {
    expect(reasonOf([], quota)).toBe('no pod can be made (FailedCreate: exceeded quota)');
    expect(reasonOf([pod('a', true)], quota)).toBe(
      'no more pods can be made than the 1 there are (FailedCreate: exceeded quota)',
    );
  });

  const probed = (started: boolean, probes: Record<string, unknown>) =>
    reasonOf([
      pod('a', false, {
        spec: { containers: [{ name: 'main', ...probes }] } as KubernetesObject['spec'] & object,
        status: {
          conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [main]' }],
          containerStatuses: [
            {
              name: 'main',
              ready: false,
              started,
              state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
            },
          ],
        },
      }),
    ]);
  const get = { httpGet: { path: '/healthz', port: 8080 } };

  it.each([
    [
      false,
      { startupProbe: get },
      'the startup probe of container main does not succeed (GET /healthz on port 8080)',
    ],
    [
      true,
      { startupProbe: get, readinessProbe: { tcpSocket: { port: 'http' } } },
      'the readiness probe of container main does not succeed (a connection to port http)',
    ],
    [
      true,
      { readinessProbe: { exec: { command: ['ls'] } } },
      'the readiness probe of container main does not succeed (a command in the container)',
    ],
    [
      true,
      { readinessProbe: { grpc: { port: 9090 } } },
      'the readiness probe of container main does not succeed (gRPC health on port 9090)',
    ],
  ])('is the probe that a container waits for: started %s, %j', (started, probes, words) => {
    expect(probed(started, probes)).toBe(
      `pod a is not ready: ${words}; its events say what came back (\`kubectl -n shop describe pod a\`)`,
    );
  });

  it('is what the kubelet says where there is no probe', () => {
    expect(probed(true, {})).toBe('pod a is not ready: containers with unready status: [main]');
  });
});

describe('what an autoscaler wants', () => {
  const wanted = (ordered: number, scaler: KubernetesObject): number | null =>
    observeRevision(
      { deployment: deployment(ordered), autoscaler: scaler, pods: [] },
      { port: 8080, withinMs: 60_000, now: AT },
    ).wanted;

  it('is the number that the load has made it want', () => {
    expect(wanted(2, autoscaler(2, 6, 'DesiredWithinRange'))).toBe(6);
    expect(wanted(2, autoscaler(2, 20, 'TooManyReplicas'))).toBe(20);
  });

  it.each<[string, number, KubernetesObject]>([
    ['follows the order', 8, autoscaler(8, 8, 'TooFewReplicas')],
    ['has heard of an order before its marks are there', 2, autoscaler(8, 8, 'TooFewReplicas')],
    ['has not heard of it yet', 2, autoscaler(8, 6, 'DesiredWithinRange')],
    ['has not heard yet that the order was lowered', 3, autoscaler(3, 4, 'TooFewReplicas')],
  ])('is nothing while it %s', (_, ordered, scaler) => {
    expect(wanted(ordered, scaler)).toBeNull();
  });
});
