import { assert } from '@sluice/core/kernel/assert.ts';
import type { PoolSpec } from '@sluice/core/tasks/pool-spec.ts';
import type {
  AutoscalingSettings,
  NamespaceLimits,
  ScalingBehavior,
} from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { DEFAULTS } from '../../language/defaults.ts';
import type { AutoscaleInput, LimitsInput } from '../../language/kubernetes/scaling-language.ts';
import { defaultMs } from '../default-value.ts';

/** Bounds and measures of the autoscaler; null: the number of pods is fixed. */
export function resolveAutoscaling(
  autoscale: AutoscaleInput | 'off' | undefined,
): AutoscalingSettings | null {
  if (autoscale === undefined || autoscale === 'off') return null;
  assert(autoscale.max !== undefined, 'an autoscaler without a maximum was not refused');
  return {
    maxInstances: autoscale.max,
    ...measuresOf(autoscale),
    podMetrics: Object.entries(autoscale.metrics ?? {}).map(([name, average]) => ({ name, average })),
    scaleUp: resolveBehavior(autoscale['scale-up'], DEFAULTS.kubernetes.scaleUp),
    scaleDown: resolveBehavior(autoscale['scale-down'], DEFAULTS.kubernetes.scaleDown),
  };
}

/** The autoscaler that follows the pool of a component of agents; null: the number of pods is fixed. */
export function poolAutoscaling(pool: PoolSpec | undefined, instances: number): AutoscalingSettings | null {
  if (pool === undefined) return null;
  const sleeps = pool.sleepAfterMs !== null;
  if (pool.mostWorkers <= instances && pool.spareWorkers === 0 && !sleeps) return null;
  // The pool itself has waited before it wants fewer.
  const atOnce: ScalingBehavior = {
    stabilizationMs: 0,
    // Left to itself, Kubernetes adds four pods or as many as there are in 15 s: 30 workers would take a minute and more.
    policies: [{ type: 'Pods', value: pool.mostWorkers, periodMs: 15_000 }],
  };
  return {
    ...{ maxInstances: pool.mostWorkers, cpuPercent: null, memoryPercent: null, podMetrics: [] },
    ...{ pool: { scaler: pool.scaler, sleeps }, scaleUp: atOnce, scaleDown: atOnce },
  };
}

/** What is aimed at, in per cent of what is requested: the processor where nothing else is said. */
export function measuresOf(autoscale: {
  readonly cpu?: number | 'off' | undefined;
  readonly memory?: number | 'off' | undefined;
  readonly metrics?: object | undefined;
}): Pick<AutoscalingSettings, 'cpuPercent' | 'memoryPercent'> {
  const memoryPercent = perCent(autoscale.memory);
  const others = memoryPercent !== null || Object.keys(autoscale.metrics ?? {}).length > 0;
  const cpu = autoscale.cpu ?? (others ? 'off' : Number.parseInt(DEFAULTS.kubernetes.cpu, 10));
  return { cpuPercent: perCent(cpu), memoryPercent };
}

const perCent = (written: number | 'off' | undefined): number | null =>
  written === undefined || written === 'off' ? null : written;

function resolveBehavior(written: AutoscaleInput['scale-up'], stabilization: string): ScalingBehavior {
  return {
    stabilizationMs: written?.stabilization ?? defaultMs(stabilization),
    policies: (written?.policies ?? []).map(({ pods, percent, period }) => ({
      type: pods === undefined ? 'Percent' : 'Pods',
      value: pods ?? percent ?? 0,
      periodMs: period,
    })),
  };
}

/** A ResourceQuota and a LimitRange; null: none are made. */
export function resolveLimits(limits: LimitsInput | undefined): NamespaceLimits | null {
  if (limits === undefined) return null;
  const { quota, container } = limits;
  return {
    quota: quota ?? null,
    container:
      container === undefined
        ? null
        : {
            default: container.default ?? {},
            defaultRequest: container.request ?? {},
            max: container.max ?? {},
            min: container.min ?? {},
          },
  };
}
