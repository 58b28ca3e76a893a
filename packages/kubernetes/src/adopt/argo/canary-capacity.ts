import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import { requiredInstances } from '@sluice/core/traffic/capacity.ts';

/** What decides how many pods each side has. */
export interface CanaryScale {
  /** Pods of the whole component. */
  readonly replicas: number;
  /** The weight that is the whole of the traffic, 100 unless said otherwise. */
  readonly maxWeight: number;
  /** Fewest pods of a side that has any. */
  readonly minPods: number;
  readonly dynamicStable: boolean;
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

/** Pods of both sides where the number of pods makes the share, as the engine rounds: from above, and one on each side. */
export function podsByShare(
  shareBasisPoints: number,
  replicas: number,
): { readonly candidate: number; readonly stable: number } {
  const candidate = Math.max(1, Math.min(requiredInstances(shareBasisPoints, replicas), replicas - 1));
  return { candidate, stable: Math.max(1, replicas - candidate) };
}
