/**
 * How many workers a revision needs. Pure: the same load and memory give the same answer, so that any server may be asked.
 *
 * Tasks that run need a place each. Tasks that wait need as many places as clear them before the oldest has waited for
 * `targetWaitMs`, by Little's law: a place clears one task each time an attempt takes. Growing happens at once; shrinking to the
 * most that was needed within `keepMs`, as a HorizontalPodAutoscaler with a stabilization window does it.
 */
import type { Instant } from '../kernel/instant.ts';
import { mostWorkersOf, type PoolSpec } from './pool-spec.ts';

/** What waits for a revision and runs on it. */
export interface PoolLoad {
  readonly waiting: number;
  readonly running: number;
  /** When the oldest task that waits came in; null when none waits. */
  readonly oldestAt: Instant | null;
  /** How long an attempt takes on average, in ms; null when nobody knows. */
  readonly attemptMs: number | null;
  /** Places that the same time of earlier days needed soon from now; 0 when nobody knows. */
  readonly foreseenPlaces: number;
}

/** What a release has ordered, and what goes on around it. */
export interface PoolOrder {
  readonly ordered: number;
  /** The component's instances. */
  readonly instances: number;
  /** A rollout goes on, so that every revision has to show what it can do. */
  readonly isJudged: boolean;
}

/** What a pool remembers from one decision to the next; plain JSON. */
export interface PoolMemory {
  /** What was needed, the most first, each later than the one before. */
  readonly needs: readonly { readonly at: Instant; readonly workers: number }[];
  /** When there was a task for the last time. */
  readonly busyAt: Instant;
}

/** How many workers there are to be. */
export interface PoolDecision {
  readonly workers: number;
  readonly isAsleep: boolean;
  readonly memory: PoolMemory;
  /** In words, for people. */
  readonly why: string;
}

/** Places for tasks that the load needs now; a part of a place is one for a part of the time. */
export function neededPlaces(load: PoolLoad, targetWaitMs: number, now: Instant): number {
  const { waiting, running, oldestAt, attemptMs } = load;
  const leftMs = Math.max(1, targetWaitMs - Math.max(0, now - (oldestAt ?? now)));
  const perTask = attemptMs === null ? 1 : Math.min(1, attemptMs / leftMs);
  return running + waiting * perTask;
}

/**
 * Decides how many workers a revision is to have.
 *
 * @param memory null before the first decision
 */
export function decidePool(
  spec: PoolSpec,
  order: PoolOrder,
  load: PoolLoad,
  { now, memory }: { readonly now: Instant; readonly memory: PoolMemory | null },
): PoolDecision {
  const isBusy = load.waiting + load.running > 0;
  const isForeseen = load.foreseenPlaces > 0;
  const busyAt = isBusy || isForeseen || order.isJudged || memory === null ? now : memory.busyAt;
  const places = Math.max(neededPlaces(load, spec.targetWaitMs, now), load.foreseenPlaces);
  const loaded = Math.ceil(places / spec.tasksPerWorker - 1e-9);
  const most = mostWorkersOf(spec, order);
  const needed = Math.min(most, Math.max(order.ordered, loaded + spec.spareWorkers));
  const needs = withNeed(memory?.needs ?? [], { at: now, workers: needed }, now - spec.keepMs);
  const kept = Math.min(most, Math.max(order.ordered, needs[0]?.workers ?? needed));
  const isAsleep = mayRest(spec, order) && now - busyAt >= (spec.sleepAfterMs ?? Number.POSITIVE_INFINITY);
  const remembered = { needs: isAsleep ? [] : needs, busyAt };
  if (isAsleep) return { workers: 0, isAsleep, memory: remembered, why: 'nothing has come in for a while' };
  return { workers: kept, isAsleep, memory: remembered, why: reasonOf({ load, loaded, needed, kept, most }) };
}

/** Spare workers are wanted at all times; and a release that orders none has taken the pool away. */
const mayRest = ({ sleepAfterMs, spareWorkers }: PoolSpec, { ordered, isJudged }: PoolOrder): boolean =>
  sleepAfterMs !== null && spareWorkers === 0 && !isJudged && ordered > 0;

/** Whatever was less and earlier will never be the most again. */
function withNeed(
  needs: PoolMemory['needs'],
  latest: PoolMemory['needs'][number],
  since: Instant,
): PoolMemory['needs'] {
  return [...needs.filter(({ at, workers }) => at > since && workers > latest.workers), latest];
}

interface Counted {
  readonly load: PoolLoad;
  readonly loaded: number;
  readonly needed: number;
  readonly kept: number;
  readonly most: number;
}

function reasonOf({ load, loaded, needed, kept, most }: Counted): string {
  const { waiting, running } = load;
  const tasks = `${waiting} waiting and ${running} running`;
  if (loaded > most) return `${tasks} would need ${loaded}; ${most} are the most`;
  if (kept > needed) return `${kept} were needed a while ago; now it is ${needed}`;
  if (loaded < needed) return `${tasks}; ${needed} are the fewest`;
  return `${tasks} need ${needed}`;
}
