import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';

/** How much of a component's traffic one side can carry. */
export interface Capacity {
  /** Instances that are ready now. */
  readonly ready: number;
  /** Instances that carry the whole of the traffic: the component's instances less what may be unavailable. */
  readonly full: number;
}

/**
 * Instances that must be ready for a share, when `full` carry the whole; at least one for any share above 0.
 * One basis point is forgiven: a share of two thirds is rounded to 66.67 %, and that asks for no third of three.
 */
export function requiredInstances(shareBasisPoints: number, full: number): number {
  if (shareBasisPoints <= 0) return 0;
  return Math.max(1, Math.ceil(((shareBasisPoints - 1) * Math.max(1, full)) / WHOLE_BASIS_POINTS));
}

/** Whether the ready instances carry the share. */
export const carries = (capacity: Capacity, shareBasisPoints: number): boolean =>
  capacity.ready >= requiredInstances(shareBasisPoints, capacity.full);

/** The largest share, in basis points, that the ready instances carry. */
export function carryable(capacity: Capacity): number {
  const full = Math.max(1, capacity.full);
  return Math.min(WHOLE_BASIS_POINTS, Math.floor((capacity.ready * WHOLE_BASIS_POINTS) / full));
}

/**
 * The candidate's share while it is being taken back: as small as the stable side's ready capacity allows, and
 * never larger than now. When neither side can carry its part, the traffic follows the ready instances; with
 * none ready anywhere nothing moves.
 */
export function retreatShare(current: number, candidate: Capacity, stable: Capacity): number {
  if (stable.ready === 0) return current;
  if (candidate.ready === 0) return 0;
  const wanted = WHOLE_BASIS_POINTS - carryable(stable);
  if (carries(candidate, wanted)) return Math.min(current, wanted);
  const total = candidate.ready + stable.ready;
  return Math.min(current, Math.floor((candidate.ready * WHOLE_BASIS_POINTS) / total));
}
