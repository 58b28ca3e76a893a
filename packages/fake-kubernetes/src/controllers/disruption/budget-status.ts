import { type ApiObject, type Condition } from '../objects/api-object.ts';
import { withCondition } from '../objects/conditions.ts';
import { type IntOrPercent, resolveIntOrPercent } from '../objects/int-or-percent.ts';
import type { LabelSelector } from '../objects/label-selector.ts';
import { type Pod, hasEnded, isReady } from '../objects/pod.ts';
import type { Resource } from '../objects/resource.ts';

/** A PodDisruptionBudget of policy/v1. */
export interface DisruptionBudget extends ApiObject {
  readonly spec: {
    readonly minAvailable?: IntOrPercent;
    readonly maxUnavailable?: IntOrPercent;
    readonly selector?: LabelSelector;
  };
  readonly status?: DisruptionBudgetStatus;
}

/** How many of its pods may go now. */
export interface DisruptionBudgetStatus {
  readonly observedGeneration?: number;
  readonly disruptedPods?: Readonly<Record<string, string>>;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly conditions?: readonly Condition[];
}

/** PodDisruptionBudgets of policy/v1. */
export const BUDGETS: Resource<DisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
};

/** How long an eviction is believed in while its pod is still there untouched, in ms. */
export const DISRUPTION_TIMEOUT_MS = 120_000;

/**
 * Counts the pods of a budget. `wantedPods` is the sum of what their controllers want, which percentages and
 * `maxUnavailable` refer to; an absolute `minAvailable` refers to the pods that are there.
 */
export function budgetStatus(
  budget: DisruptionBudget,
  pods: readonly Pod[],
  wantedPods: number,
  now: number,
): DisruptionBudgetStatus {
  const { expectedPods, desiredHealthy } = expectation(budget, pods.length, wantedPods);
  const disruptedPods = stillDisrupted(budget, pods, now);
  const healthy = pods.filter(
    (pod) =>
      isReady(pod) &&
      !hasEnded(pod) &&
      pod.metadata.deletionTimestamp === undefined &&
      disruptedPods[pod.metadata.name] === undefined,
  );
  const spare = expectedPods > 0 ? Math.max(0, healthy.length - desiredHealthy) : 0;
  const observedGeneration = budget.metadata.generation ?? 0;
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status: spare > 0 ? 'True' : 'False',
    observedGeneration,
    reason: spare > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
  const conditions = withCondition(budget.status?.conditions, condition, now);
  return {
    observedGeneration,
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    disruptionsAllowed: spare,
    currentHealthy: healthy.length,
    desiredHealthy,
    expectedPods,
    conditions: conditions.map((one) => (one.type === condition.type ? { ...one, observedGeneration } : one)),
  };
}

function expectation(
  { spec }: DisruptionBudget,
  podCount: number,
  wantedPods: number,
): { readonly expectedPods: number; readonly desiredHealthy: number } {
  if (spec.maxUnavailable !== undefined) {
    const most = resolveIntOrPercent(spec.maxUnavailable, wantedPods, 'up');
    return { expectedPods: wantedPods, desiredHealthy: Math.max(0, wantedPods - most) };
  }
  if (typeof spec.minAvailable === 'number')
    return { expectedPods: podCount, desiredHealthy: spec.minAvailable };
  const desiredHealthy = resolveIntOrPercent(spec.minAvailable, wantedPods, 'up');
  return { expectedPods: wantedPods, desiredHealthy };
}

/** Evictions whose pods are neither gone nor going yet. */
function stillDisrupted(
  { status }: DisruptionBudget,
  pods: readonly Pod[],
  now: number,
): Readonly<Record<string, string>> {
  const entries = Object.entries(status?.disruptedPods ?? {}).filter(([name, since]) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    const isFresh = Date.parse(since) + DISRUPTION_TIMEOUT_MS > now;
    return pod !== undefined && pod.metadata.deletionTimestamp === undefined && isFresh;
  });
  return Object.fromEntries(entries);
}
