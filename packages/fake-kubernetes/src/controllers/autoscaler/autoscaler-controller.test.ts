import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEPLOYMENTS } from '../objects/resource.ts';
import { TestCluster, templateOf } from '../testing/test-cluster.ts';
import { AUTOSCALERS, type HorizontalAutoscaler } from './horizontal-autoscaler.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start({ controllers: { autoscalerIntervalMs: 500 } });
  const resources = { requests: { cpu: '500m' } };
  const template = templateOf('web', {
    spec: { containers: [{ name: 'web', image: 'registry.test/web:v1', resources }] },
  });
  const selector = { matchLabels: { app: 'web' } };
  await cluster.create(DEPLOYMENTS, 'web', { spec: { replicas: 2, selector, template } });
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ status }) => status?.availableReplicas === 2);
});

afterEach(() => cluster.close());

const autoscaler = (spec: object = {}): object => ({
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
      },
    ],
    behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    ...spec,
  },
});

const conditionOf = ({ status }: HorizontalAutoscaler, type: string): string | undefined =>
  status?.conditions?.find((condition) => condition.type === type)?.reason;

it('grows with use and shrinks without, within its bounds', async () => {
  const { metrics } = cluster.whole.controllers;
  metrics.setEverywhere('default', 'cpu', 0.5);
  await cluster.create(AUTOSCALERS, 'web', autoscaler());
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ spec }) => spec.replicas === 4);
  await cluster.untilOne(
    DEPLOYMENTS,
    'web',
    ({ spec, status }) => spec.replicas === 6 && status?.availableReplicas === 6,
  );
  const limited = await cluster.untilOne(
    AUTOSCALERS,
    'web',
    (one) => conditionOf(one, 'ScalingLimited') === 'TooManyReplicas',
  );
  expect(limited.status?.desiredReplicas).toBe(6);
  metrics.setEverywhere('default', 'cpu', 0.01);
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ spec }) => spec.replicas === 2);
});

it('use near to what is aimed at changes nothing', async () => {
  cluster.whole.controllers.metrics.setEverywhere('default', 'cpu', 0.26);
  await cluster.create(AUTOSCALERS, 'web', autoscaler());
  const seen = await cluster.untilOne(
    AUTOSCALERS,
    'web',
    (one) => conditionOf(one, 'ScalingActive') === 'ValidMetricFound',
  );
  expect(seen.status).toMatchObject({ currentReplicas: 2, desiredReplicas: 2 });
});

it('says that it is blind while nothing is known', async () => {
  await cluster.create(AUTOSCALERS, 'web', autoscaler());
  const blind = await cluster.untilOne(
    AUTOSCALERS,
    'web',
    (one) => conditionOf(one, 'ScalingActive') === 'FailedGetResourceMetric',
  );
  expect(blind.status?.desiredReplicas).toBe(2);
});

it('follows a metric of the pods', async () => {
  const target = { type: 'AverageValue', averageValue: '100' };
  const metrics = [{ type: 'Pods', pods: { metric: { name: 'queue_length' }, target } }];
  cluster.whole.controllers.metrics.setEverywhere('default', 'queue_length', 150);
  await cluster.create(AUTOSCALERS, 'web', autoscaler({ metrics }));
  await cluster.untilOne(DEPLOYMENTS, 'web', ({ spec }) => spec.replicas === 3);
});
