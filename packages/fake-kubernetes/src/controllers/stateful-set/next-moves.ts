import { type Pod, hasEnded, isReady, msUntilAvailable } from '../objects/pod.ts';
import type { StatefulSet } from '../objects/workload.ts';
import { REVISION_HASH } from '../revisions/controller-revisions.ts';

/** What is to be done with the pods of a StatefulSet now. */
export interface Moves {
  /** Ordinals of pods that are to be made. */
  readonly create: readonly number[];
  readonly remove: readonly Pod[];
}

const nothing: Moves = { create: [], remove: [] };

/** The ordinal at the end of a pod's name; -1 where there is none. */
export function ordinalOf({ metadata }: Pod): number {
  const digits = /-(\d+)$/.exec(metadata.name)?.[1];
  return digits === undefined ? -1 : Number(digits);
}

/** The ordinals that a StatefulSet wants. */
export function wantedOrdinals({ spec }: StatefulSet): readonly number[] {
  const start = spec.ordinals?.start ?? 0;
  return Array.from({ length: spec.replicas ?? 1 }, (_, index) => start + index);
}

/** The first ordinal that a new template reaches; those below keep the old one. */
export function partitionOf({ spec }: StatefulSet): number {
  return (spec.ordinals?.start ?? 0) + (spec.updateStrategy?.rollingUpdate?.partition ?? 0);
}

/**
 * What may be done in one turn. In order, a pod is made, replaced or removed only while all others are available, from the
 * lowest ordinal up when growing and from the highest down when shrinking or updating. In parallel, pods are made and
 * removed at once, and updated one by one.
 */
export function nextMoves(
  set: StatefulSet,
  pods: readonly Pod[],
  updateRevision: string,
  now: number,
): Moves {
  const wanted = wantedOrdinals(set);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const leaving = pods
    .filter((pod) => !wanted.includes(ordinalOf(pod)))
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  const isParallel = set.spec.podManagementPolicy === 'Parallel';
  const moves = isParallel
    ? parallelMoves(wanted, byOrdinal, leaving)
    : orderedMoves(set, wanted, byOrdinal, leaving, now);
  if (moves !== 'settled') return moves;
  return updateMoves(set, wanted, byOrdinal, updateRevision, now);
}

function parallelMoves(
  wanted: readonly number[],
  byOrdinal: ReadonlyMap<number, Pod>,
  leaving: readonly Pod[],
): Moves | 'settled' {
  const create = wanted.filter((ordinal) => !byOrdinal.has(ordinal));
  const ended = wanted
    .map((ordinal) => byOrdinal.get(ordinal))
    .filter((pod) => pod !== undefined && hasEnded(pod));
  const remove = [...leaving, ...ended].filter((pod) => pod !== undefined && !isTerminating(pod)) as Pod[];
  return create.length + remove.length === 0 ? 'settled' : { create, remove };
}

function orderedMoves(
  set: StatefulSet,
  wanted: readonly number[],
  byOrdinal: ReadonlyMap<number, Pod>,
  leaving: readonly Pod[],
  now: number,
): Moves | 'settled' {
  for (const ordinal of wanted) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) return { create: [ordinal], remove: [] };
    if (hasEnded(pod) && !isTerminating(pod)) return { create: [], remove: [pod] };
    if (!isAvailable(set, pod, now)) return nothing;
  }
  const [last] = leaving;
  if (last === undefined) return 'settled';
  return isTerminating(last) ? nothing : { create: [], remove: [last] };
}

function updateMoves(
  set: StatefulSet,
  wanted: readonly number[],
  byOrdinal: ReadonlyMap<number, Pod>,
  updateRevision: string,
  now: number,
): Moves {
  if (set.spec.updateStrategy?.type === 'OnDelete') return nothing;
  const partition = partitionOf(set);
  for (const ordinal of [...wanted].reverse()) {
    const pod = byOrdinal.get(ordinal);
    if (ordinal < partition || pod === undefined) return nothing;
    const isOld = pod.metadata.labels?.[REVISION_HASH] !== updateRevision;
    if (isOld && !isTerminating(pod)) return { create: [], remove: [pod] };
    if (!isAvailable(set, pod, now)) return nothing;
  }
  return nothing;
}

function isAvailable({ spec }: StatefulSet, pod: Pod, now: number): boolean {
  return !isTerminating(pod) && isReady(pod) && msUntilAvailable(pod, spec.minReadySeconds ?? 0, now) === 0;
}

function isTerminating({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}
