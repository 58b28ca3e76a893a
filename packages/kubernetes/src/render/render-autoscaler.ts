import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionLabel, revisionName, trackLabel } from '../objects/names.ts';
import type { AutoscalingSettings, ScalingBehavior } from '../settings/kubernetes-settings.ts';
import { revisionMetadata } from './object-metadata.ts';
import { secondsOf } from './quantities.ts';
import type { RenderedRevision, RevisionOrder } from './rendered-revision.ts';

/** The external metric that pools are scaled by. */
export const WANTED_METRIC = 'agent_workers_wanted';

/** Whether the number of pods is an autoscaler's business; the Deployment then says nothing of it. */
export const isAutoscaled = (of: RenderedRevision, order: RevisionOrder): boolean =>
  of.settings.autoscaling !== null && order.instances > 0;

/** The fewest and the most pods of a revision. */
export interface PodBounds {
  readonly min: number;
  readonly max: number;
}

/**
 * The bounds of a revision's autoscaler. The fewest are what was ordered, which is what its share of the traffic needs; the
 * most are the same part of `maxInstances` as the order is of the component's instances, rounded up, and never fewer. An
 * order above these, which a load has asked for, is no reason for more than the whole of `maxInstances`.
 */
export function podBounds(of: RenderedRevision, instances: number): PodBounds {
  const most = of.settings.autoscaling?.maxInstances ?? instances;
  const part = Math.min(1, instances / Math.max(1, of.component.instances));
  return { min: instances, max: Math.max(instances, Math.ceil(most * part)) };
}

/** The autoscaler of a revision, or none. It is never switched off during a rollout; an order only moves its bounds. */
export function renderAutoscaler(of: RenderedRevision, order: RevisionOrder): KubernetesObject[] {
  const { autoscaling } = of.settings;
  if (autoscaling === null || autoscaling.pool?.scaler === 'keda' || !isAutoscaled(of, order)) return [];
  const name = revisionName(of.track, of.revision);
  const { min, max } = podBounds(of, order.instances);
  const metrics = autoscaling.pool === undefined ? measures(autoscaling) : [wantedWorkers(of)];
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: revisionMetadata(of, name, order.generation),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: min,
        maxReplicas: max,
        metrics: metrics.length > 0 ? metrics : undefined,
        behavior: scalingBehavior(autoscaling),
      },
    },
  ];
}

/** How fast an autoscaler may change the number of pods. */
export const scalingBehavior = ({ scaleUp, scaleDown }: AutoscalingSettings): JsonObject => ({
  scaleUp: behavior(scaleUp),
  scaleDown: behavior(scaleDown),
});

/** A pool says how many workers it wants: an average of one for each pod makes so many pods. */
const wantedWorkers = ({ track, revision }: RenderedRevision): JsonObject => ({
  type: 'External',
  external: {
    metric: {
      name: WANTED_METRIC,
      selector: { matchLabels: { track: trackLabel(track), revision: revisionLabel(revision) } },
    },
    target: { type: 'AverageValue', averageValue: '1' },
  },
});

function measures({ cpuPercent, memoryPercent, podMetrics }: AutoscalingSettings): JsonObject[] {
  return [
    ...(cpuPercent === null ? [] : [resource('cpu', cpuPercent)]),
    ...(memoryPercent === null ? [] : [resource('memory', memoryPercent)]),
    ...podMetrics.map(({ name, average }) => ({
      type: 'Pods',
      pods: { metric: { name }, target: { type: 'AverageValue', averageValue: average } },
    })),
  ];
}

const resource = (name: 'cpu' | 'memory', averageUtilization: number): JsonObject => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
});

const behavior = ({ stabilizationMs, policies }: ScalingBehavior): JsonObject => ({
  stabilizationWindowSeconds: Math.round(stabilizationMs / 1000),
  selectPolicy: 'Max',
  policies:
    policies.length === 0
      ? undefined
      : policies.map(({ type, value, periodMs }) => ({ type, value, periodSeconds: secondsOf(periodMs) })),
});
