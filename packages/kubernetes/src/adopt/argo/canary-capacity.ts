import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';

/** What decides how many pods each side has. */
export interface CanaryScale {
  /** Pods of the whole component. */
  readonly replicas: number;
  /** The weight that is the whole of the traffic, 100 unless said otherwise. */
  readonly maxWeight: number;
  /** Fewest pods of a side that has any. */
  readonly minPods: number;
  readonly dynamicStable: boolean;
  /** Pods beyond the replicas that there may be where the number of pods makes the share. */
  readonly maxSurge: number;
}

/** How many pods each side has. */
export interface PodsBySide {
  readonly candidate: number;
  readonly stable: number;
}

/** What the last `setCanaryScale` said; `follow` is what holds without one. */
export type ScaleRule =
  | { readonly kind: 'follow' }
  | { readonly kind: 'replicas'; readonly replicas: number }
  | { readonly kind: 'weight'; readonly weight: number };

/** Basis points of a weight. */
export const basisPointsOf = (weight: number, maxWeight: number): number =>
  Math.round((weight * WHOLE_BASIS_POINTS) / maxWeight);

/** Pods of the canary as Argo counts them with a traffic router: the weight's part of the replicas, rounded up. */
export function canaryPods(scale: CanaryScale, rule: ScaleRule, weight: number): number {
  if (rule.kind === 'replicas') return rule.replicas;
  return podsFor(scale, rule.kind === 'weight' ? rule.weight : weight);
}

/** Pods of stable as Argo counts them with a traffic router: all of them, unless they follow the traffic. */
export const stablePods = (scale: CanaryScale, weight: number): number =>
  scale.dynamicStable ? podsFor(scale, scale.maxWeight - weight) : scale.replicas;

function podsFor({ replicas, maxWeight, minPods }: CanaryScale, weight: number): number {
  const pods = Math.ceil((weight * replicas) / maxWeight);
  return pods === 0 ? 0 : Math.max(pods, Math.min(minPods, replicas));
}

/**
 * Pods of both sides where the number of pods makes the share: those that come nearest to the weight, of the replicas or,
 * where pods may surge, of one more; among equals the first of these and the larger number of the candidate. Undefined
 * where Argo leaves one side without any. After `CalculateReplicaCountsForBasicCanary` of Argo Rollouts 1.9.
 *
 * @param weight above 0 and below the whole
 */
export function podsNearestTo(
  weight: number,
  { replicas, maxWeight, maxSurge }: CanaryScale,
): PodsBySide | undefined {
  const above = Math.ceil((replicas * weight) / maxWeight);
  const below = Math.floor((replicas * weight) / maxWeight);
  const isTied = (total: number): boolean => (total * (weight / maxWeight)) % 1 === 0.5;
  const options = [replicas, ...(maxSurge > 0 ? [replicas + 1] : [])].flatMap((total) =>
    [above, ...(isTied(total) ? [] : [below])].map((candidate) => ({ candidate, stable: total - candidate })),
  );
  const distance = ({ candidate, stable }: PodsBySide): number =>
    Math.abs((candidate * maxWeight) / (candidate + stable) - weight);
  const shared = options.filter(({ candidate, stable }) => candidate > 0 && stable > 0);
  const nearest = Math.min(...shared.map(distance));
  return shared.find((option) => distance(option) === nearest);
}

/** Pods of both sides by their number as Argo counts them, and where it leaves one side without any, at least one on each. */
export function podsByWeight(weight: number, scale: CanaryScale): PodsBySide {
  const { replicas, maxWeight } = scale;
  const candidate = Math.max(1, Math.min(Math.ceil((replicas * weight) / maxWeight), replicas - 1));
  return podsNearestTo(weight, scale) ?? { candidate, stable: Math.max(1, replicas - candidate) };
}
