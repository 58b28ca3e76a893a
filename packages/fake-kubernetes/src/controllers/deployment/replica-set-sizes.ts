import { byAge } from '../objects/api-object.ts';
import { resolveIntOrPercent } from '../objects/int-or-percent.ts';
import type { Deployment, ReplicaSet } from '../objects/workload.ts';
import { MAX_REPLICAS } from './annotation-names.ts';

/** How many pods a rolling update may have too many, and how many may be missing. */
export interface RollingBounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** A ReplicaSet and the size that it is to get. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/** How many pods a Deployment wants; one unless it says otherwise. */
export function wantedReplicas({ spec }: Deployment): number {
  return spec.replicas ?? 1;
}

/** How many pods a ReplicaSet is told to have. */
export function sizeOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}

/** The sum of the sizes of several sets. */
export function totalSize(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + sizeOf(set), 0);
}

/** How many pods of several sets are available. */
export function totalAvailable(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);
}

/**
 * Resolves surge and unavailability against the wanted number. Surge is rounded up and unavailability down; when both
 * come to nothing, one pod may be missing, for else nothing could ever move.
 */
export function rollingBounds({ spec }: Deployment, replicas: number): RollingBounds {
  if (spec.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {};
  const surge = resolveIntOrPercent(maxSurge, replicas, 'up');
  const unavailable = resolveIntOrPercent(maxUnavailable, replicas, 'down');
  const atLeastOne = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge: surge, maxUnavailable: Math.min(atLeastOne, replicas) };
}

/** The size of the new set after the next step: as large as surge permits, counting the sizes of all sets. */
export function nextNewSize(deployment: Deployment, all: readonly ReplicaSet[], currentSize: number): number {
  const wanted = wantedReplicas(deployment);
  if (deployment.spec.strategy?.type === 'Recreate') return wanted;
  if (currentSize > wanted) return wanted;
  const room = wanted + rollingBounds(deployment, wanted).maxSurge - totalSize(all);
  return currentSize + Math.max(0, Math.min(room, wanted - currentSize));
}

/**
 * Which old sets give up pods in the next step, and how many: first those pods that are not available anyway, then, as
 * far as available pods are left over, available ones; the oldest sets first.
 */
export function shrinkOldSets(
  deployment: Deployment,
  newSet: ReplicaSet,
  old: readonly ReplicaSet[],
): readonly Resize[] {
  const wanted = wantedReplicas(deployment);
  const minAvailable = wanted - rollingBounds(deployment, wanted).maxUnavailable;
  const newMissing = sizeOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const mayGo = totalSize([...old, newSet]) - minAvailable - newMissing;
  // A set that was made smaller and still tells of its old pods says nothing of who is available: its next status will.
  const isStale = old.some((set) => (set.status?.availableReplicas ?? 0) > sizeOf(set));
  if (mayGo <= 0 || isStale) return [];
  const oldestFirst = old.filter((set) => sizeOf(set) > 0).sort(byAge);
  const sizes = new Map(oldestFirst.map((set) => [set, sizeOf(set)]));
  takeAway(sizes, mayGo, (set) => sizeOf(set) - (set.status?.availableReplicas ?? 0));
  const spare = totalAvailable([...old, newSet]) - minAvailable;
  takeAway(sizes, spare, (_, size) => size);
  return oldestFirst.flatMap((set) => {
    const replicas = sizes.get(set) ?? 0;
    return replicas === sizeOf(set) ? [] : [{ set, replicas }];
  });
}

function takeAway(
  sizes: Map<ReplicaSet, number>,
  most: number,
  mayGive: (set: ReplicaSet, size: number) => number,
): void {
  let left = most;
  for (const [set, size] of sizes) {
    const taken = Math.max(0, Math.min(left, size, mayGive(set, size)));
    sizes.set(set, size - taken);
    left -= taken;
  }
}

/**
 * Spreads a change of the wanted number over the sets in proportion to their sizes, surge included; what rounding leaves
 * over goes to the largest. `maxBefore` is how many pods there might have been before the change.
 */
export function scaleInProportion(deployment: Deployment, active: readonly ReplicaSet[]): readonly Resize[] {
  const wanted = wantedReplicas(deployment);
  const allowed = wanted > 0 ? wanted + rollingBounds(deployment, wanted).maxSurge : 0;
  const toAdd = allowed - totalSize(active);
  const sorted = [...active].sort(toAdd >= 0 ? largestThenNewest : largestThenOldest);
  let added = 0;
  const sizes = sorted.map((set) => {
    const share = toAdd === 0 ? 0 : shareOf(deployment, set, { allowed, toAdd, added });
    added += share;
    return { set, replicas: sizeOf(set) + share };
  });
  const [first, ...others] = sizes;
  if (first === undefined) return [];
  return [{ set: first.set, replicas: Math.max(0, first.replicas + toAdd - added) }, ...others];
}

function shareOf(
  deployment: Deployment,
  set: ReplicaSet,
  { allowed, toAdd, added }: { allowed: number; toAdd: number; added: number },
): number {
  if (sizeOf(set) === 0 || toAdd === added) return 0;
  if (allowed === 0) return -sizeOf(set);
  const noted = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? 0);
  const maxBefore = noted > 0 ? noted : (deployment.status?.replicas ?? 0);
  const fraction = maxBefore > 0 ? Math.round((sizeOf(set) * allowed) / maxBefore) - sizeOf(set) : 0;
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function largestThenNewest(a: ReplicaSet, b: ReplicaSet): number {
  return sizeOf(b) - sizeOf(a) || byAge(b, a);
}

function largestThenOldest(a: ReplicaSet, b: ReplicaSet): number {
  return sizeOf(b) - sizeOf(a) || byAge(a, b);
}
