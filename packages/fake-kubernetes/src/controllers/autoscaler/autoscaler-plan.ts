import { type Condition, timestampOf } from '../objects/api-object.ts';
import { withCondition } from '../objects/conditions.ts';
import type { Pod } from '../objects/pod.ts';
import type {
  HorizontalAutoscaler,
  HorizontalAutoscalerStatus,
  MetricSpec,
} from './horizontal-autoscaler.ts';
import { type ScalingHistory, limitChange } from './limit-change.ts';
import type { MetricsTable } from './metrics-table.ts';
import { type MetricWish, wantedByMetric } from './wanted-by-metric.ts';

/** What an autoscaler looks at. */
export interface AutoscalerView {
  readonly autoscaler: HorizontalAutoscaler;
  readonly current: number;
  readonly pods: readonly Pod[];
  readonly metrics: MetricsTable;
  readonly history: ScalingHistory;
}

/** The number that is to be, and what is said about it. */
export interface AutoscalerPlan {
  readonly replicas: number;
  /** What was wished for before it was held back; null: no metric said anything. */
  readonly wish: number | null;
  readonly status: HorizontalAutoscalerStatus;
}

const defaultMetrics: readonly MetricSpec[] = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
];

/** Decides the number of pods: the largest that a metric calls for, held back by behaviour, within the bounds. */
export function planAutoscaler(view: AutoscalerView, now: number): AutoscalerPlan {
  const { autoscaler, current } = view;
  const { minReplicas = 1, maxReplicas } = autoscaler.spec;
  if (current === 0 && minReplicas !== 0) return settled(view, 'ScalingDisabled', now);
  if (current > maxReplicas || current < minReplicas) {
    const replicas = Math.min(maxReplicas, Math.max(minReplicas, current));
    return finish(view, { replicas, wish: null, conditions: [ableToScale('SucceededRescale')] }, [], now);
  }
  const wishes = (autoscaler.spec.metrics ?? defaultMetrics).map((spec) =>
    wantedByMetric(spec, view.pods, current, view.metrics),
  );
  const known = wishes.filter((wish) => wish.ok);
  const failed = wishes.find((wish) => !wish.ok);
  const wish = Math.max(0, ...known.map(({ replicas }) => replicas));
  // With a metric missing, the others may ask for more but not for less.
  if (known.length === 0 || (failed !== undefined && wish < current)) return blind(view, failed, now);
  return byWish(view, wish, known, now);
}

function byWish(
  view: AutoscalerView,
  wish: number,
  known: readonly Extract<MetricWish, { ok: true }>[],
  now: number,
): AutoscalerPlan {
  const { minReplicas = 1, maxReplicas, behavior } = view.autoscaler.spec;
  const { replicas: allowed, reason } = limitChange(view.current, wish, view.history, behavior, now);
  const replicas = Math.min(maxReplicas, Math.max(minReplicas, allowed));
  const conditions = [
    ableToScale(
      reason === 'stabilized'
        ? 'ScaleDownStabilized'
        : replicas === view.current
          ? 'ReadyForNewScale'
          : 'SucceededRescale',
    ),
    {
      type: 'ScalingActive',
      status: 'True',
      reason: 'ValidMetricFound',
      message: 'the HPA was able to successfully calculate a replica count',
    },
    limitation(allowed, replicas, reason === 'limited', minReplicas),
  ] as const;
  return finish(
    view,
    { replicas, wish, conditions },
    known.map(({ told }) => told),
    now,
  );
}

function limitation(allowed: number, replicas: number, byRate: boolean, min: number): Condition {
  const say = (status: Condition['status'], reason: string, message: string): Condition => ({
    type: 'ScalingLimited',
    status,
    reason,
    message,
  });
  if (allowed < replicas)
    return say('True', 'TooFewReplicas', 'the desired replica count is less than the minimum replica count');
  if (allowed > replicas)
    return say('True', 'TooManyReplicas', 'the desired replica count is more than the maximum replica count');
  if (byRate)
    return say(
      'True',
      'ScaleUpLimit',
      'the desired replica count is changing faster than the maximum scale rate',
    );
  return say(
    'False',
    'DesiredWithinRange',
    `the desired count is within the acceptable range from ${min} on`,
  );
}

function blind(view: AutoscalerView, failed: MetricWish | undefined, now: number): AutoscalerPlan {
  const { reason = 'FailedGetResourceMetric', message = 'no metrics' } =
    failed?.ok === false ? failed : { reason: undefined, message: undefined };
  const conditions = [
    ableToScale('SucceededGetScale'),
    { type: 'ScalingActive', status: 'False', reason, message } as const,
  ];
  return finish(view, { replicas: view.current, wish: null, conditions }, [], now);
}

function settled(view: AutoscalerView, reason: string, now: number): AutoscalerPlan {
  const message = 'scaling is disabled since the replica count of the target is zero';
  const conditions = [
    ableToScale('SucceededGetScale'),
    { type: 'ScalingActive', status: 'False', reason, message } as const,
  ];
  return finish(view, { replicas: view.current, wish: null, conditions }, [], now);
}

const ableMessages: Readonly<Record<string, string>> = {
  SucceededGetScale: "the HPA controller was able to get the target's current scale",
  SucceededRescale: 'the HPA controller was able to update the target scale',
  ReadyForNewScale: 'recommended size matches current size',
  ScaleDownStabilized:
    'recent recommendations were higher than current one, applying the highest recent recommendation',
};

function ableToScale(reason: string): Condition {
  return { type: 'AbleToScale', status: 'True', reason, message: ableMessages[reason] ?? '' };
}

function finish(
  { autoscaler, current }: AutoscalerView,
  decided: {
    readonly replicas: number;
    readonly wish: number | null;
    readonly conditions: readonly Condition[];
  },
  told: readonly object[],
  now: number,
): AutoscalerPlan {
  const { replicas, wish } = decided;
  const before = autoscaler.status;
  const conditions = decided.conditions.reduce<readonly Condition[]>(
    (all, condition) => withCondition(all, condition, now),
    before?.conditions ?? [],
  );
  const lastScaleTime = replicas === current ? before?.lastScaleTime : timestampOf(now);
  const status = {
    ...(autoscaler.metadata.generation === undefined
      ? {}
      : { observedGeneration: autoscaler.metadata.generation }),
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas: current,
    desiredReplicas: replicas,
    ...(told.length === 0 ? {} : { currentMetrics: told }),
    conditions,
  };
  return { replicas, wish, status };
}
