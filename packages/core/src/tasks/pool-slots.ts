/**
 * Which instances of a machine make up a pool, and which of them are to leave. Pure. An instance that leaves takes no more
 * tasks, finishes what it has and ends by itself; nothing that has a task is ever stopped.
 */
import type { Instant } from '../kernel/instant.ts';
import type { RecycleSpec } from './pool-spec.ts';

/** What is known of the worker in an instance. */
export interface SlotWorker {
  readonly running: number;
  /** Tasks that it was given since it connected. */
  readonly taken: number;
}

/** A process of a revision, as its host and the servers see it. */
export interface PoolSlot {
  readonly instance: number;
  readonly isReady: boolean;
  /** Null while nothing runs. */
  readonly startedAt: Instant | null;
  /** Null when nobody has looked. */
  readonly memoryBytes: number | null;
  /** Null when none of its name is connected. */
  readonly worker: SlotWorker | null;
}

/** An instance that is to leave. */
export interface LeavingSlot {
  readonly instance: number;
  readonly since: Instant;
}

/** Which instances there are to be. */
export interface SlotPlan {
  /** Sorted. */
  readonly run: readonly number[];
  readonly leave: readonly LeavingSlot[];
}

/** For so long an instance that leaves may be without a worker that anybody sees, in ms; servers restart in less. */
const UNSEEN_MS = 60_000;
/** This part of the age after which workers are replaced lies between those that began together. */
const AGE_SPREAD = 0.2;
const GOLDEN = 0.618033988749895;

/** Whether a worker has done its part. */
export function isDue(slot: PoolSlot, recycle: RecycleSpec, now: Instant): boolean {
  const { instance, startedAt, memoryBytes, worker } = slot;
  const { tasks, ageMs } = recycle;
  const spread = 1 - AGE_SPREAD * ((instance * GOLDEN) % 1);
  if (tasks > 0 && (worker?.taken ?? 0) >= tasks) return true;
  if (ageMs > 0 && startedAt !== null && now - startedAt >= ageMs * spread) return true;
  return recycle.memoryBytes > 0 && (memoryBytes ?? 0) >= recycle.memoryBytes;
}

/**
 * Plans the instances of a pool of so many workers. A worker that is due is replaced: first another one starts, and when it is
 * ready the due one leaves. Of those that are too many, the idle go first.
 *
 * @param before null before the first plan: then what runs is what there is
 */
export function planSlots(
  workers: number,
  slots: readonly PoolSlot[],
  before: SlotPlan | null,
  { recycle, now }: { readonly recycle: RecycleSpec; readonly now: Instant },
): SlotPlan {
  const known = new Map(slots.map((slot) => [slot.instance, slot]));
  const leave = (before?.leave ?? []).filter((left) => isStillLeaving(left, known.get(left.instance), now));
  const run = before === null ? [...known.keys()] : [...before.run];
  const due = run.filter((instance) => isDueIn(known, instance, { recycle, now }));
  const canReplace = due.length > 0 && leave.length < Math.max(1, Math.floor(workers / 4));
  const target = workers === 0 ? 0 : workers + (canReplace ? 1 : 0);
  grow(run, leave, target);
  const [first] = due;
  const othersReady = run.filter((one) => one !== first && known.get(one)?.isReady === true).length;
  if (first !== undefined && canReplace && run.length === target && othersReady >= workers && workers > 0)
    return moved([first], { run, leave }, known, now);
  return moved(surplusOf(run, known, run.length - target), { run, leave }, known, now);
}

function isDueIn(
  known: ReadonlyMap<number, PoolSlot>,
  instance: number,
  { recycle, now }: { readonly recycle: RecycleSpec; readonly now: Instant },
): boolean {
  const slot = known.get(instance);
  return slot !== undefined && slot.isReady && isDue(slot, recycle, now);
}

/** One that is gone has left; one whose worker nobody has seen for long can be stopped like any process. */
function isStillLeaving({ since }: LeavingSlot, slot: PoolSlot | undefined, now: Instant): boolean {
  if (slot === undefined || slot.startedAt === null || slot.startedAt > since) return false;
  return slot.worker !== null || now - since < UNSEEN_MS;
}

/** The lowest numbers that are free; one that still leaves keeps its number. */
function grow(run: number[], leave: readonly LeavingSlot[], target: number): void {
  const taken = new Set([...run, ...leave.map(({ instance }) => instance)]);
  for (let instance = 0; run.length < target; instance++) if (!taken.has(instance)) run.push(instance);
}

/** Those that have not begun first, then the idle, then whoever has the least to finish; of equals the latest number. */
function surplusOf(
  run: readonly number[],
  known: ReadonlyMap<number, PoolSlot>,
  many: number,
): readonly number[] {
  const burden = (instance: number): number => {
    const slot = known.get(instance);
    if (slot === undefined || !mayHaveTasks(slot)) return -1;
    return slot.worker === null ? Number.MAX_SAFE_INTEGER : slot.worker.running;
  };
  return run.toSorted((a, b) => burden(a) - burden(b) || b - a).slice(0, Math.max(0, many));
}

/** What never became ready has no task, and need not leave in order. */
const mayHaveTasks = ({ isReady, worker }: PoolSlot): boolean => isReady || worker !== null;

function moved(
  going: readonly number[],
  { run, leave }: SlotPlan,
  known: ReadonlyMap<number, PoolSlot>,
  now: Instant,
): SlotPlan {
  const inOrder = going.filter((instance) => {
    const slot = known.get(instance);
    return slot !== undefined && mayHaveTasks(slot);
  });
  return {
    run: run.filter((instance) => !going.includes(instance)).toSorted((a, b) => a - b),
    leave: [...leave, ...inOrder.map((instance) => ({ instance, since: now }))],
  };
}
