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
