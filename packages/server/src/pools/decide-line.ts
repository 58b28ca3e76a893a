import type { Instant } from '@sluice/core/kernel/instant.ts';
import { decidePool, type PoolLoad, type PoolMemory } from '@sluice/core/tasks/pool.ts';
import { planSlots, type PoolSlot } from '@sluice/core/tasks/pool-slots.ts';
import type { TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { PoolLine } from './pool-lines.ts';
import type { PoolPlan } from './pool-plan.ts';
import { instanceOfWorker } from './worker-instance.ts';

/** A worker that is connected to some server. */
export interface RosterWorker {
  readonly name: string;
  readonly running: number;
  /** Tasks that it was given since it connected. */
  readonly taken: number;
}

/** What is seen of a revision of a pool. */
export interface LineSight {
  readonly load: PoolLoad;
  readonly workers: readonly RosterWorker[];
  /** What its host says of it; null in a cluster, and while the host has not heard of it. */
  readonly host: TrackStatus['revisions'][string] | null;
  /** Memory by instance; empty when nobody has looked. */
  readonly memory: ReadonlyMap<number, number>;
  readonly now: Instant;
}

/** Decides what is to become of the workers of a revision. */
export function decideLine(
  line: PoolLine,
  sight: LineSight,
  before: { readonly plan: PoolPlan | null; readonly memory: PoolMemory | null },
): PoolPlan {
  const { spec, order, on } = line;
  const { load, now, host } = sight;
  const { workers, isAsleep, memory, why } = decidePool(spec, order, load, { now, memory: before.memory });
  const known = host === null ? null : slotsOf(host, sight);
  const slots =
    known === null
      ? null
      : planSlots(workers, known, before.plan?.slots ?? null, { recycle: spec.recycle, now });
  const leave = new Set(slots?.leave.map(({ instance }) => instance));
  return {
    ...{ on, workers, isAsleep, slots, memory, why, at: now, ordered: order.ordered },
    leaving: sight.workers
      .filter(({ name }) => leave.has(instanceOfWorker(name) ?? -1))
      .map(({ name }) => name),
    ...{ waiting: load.waiting, running: load.running, oldestAt: load.oldestAt },
  };
}

function slotsOf(
  { instances, pool }: TrackStatus['revisions'][string],
  { workers, memory }: LineSight,
): readonly PoolSlot[] {
  const byInstance = new Map(workers.map((worker) => [instanceOfWorker(worker.name), worker]));
  // Without a pool, whatever is draining was stopped by its order.
  const gone = pool === undefined ? ['stopped', 'draining'] : ['stopped'];
  return instances
    .filter(({ state }) => !gone.includes(state))
    .map(({ instance, state, startedAt, pid }) => ({
      instance,
      isReady: state === 'ready' || state === 'draining',
      startedAt: pid === null ? null : startedAt,
      memoryBytes: memory.get(instance) ?? null,
      worker: byInstance.get(instance) ?? null,
    }));
}

/** Whether a host has anything to do after a plan took the place of another. */
export function isOtherOrder(before: PoolPlan | undefined, after: PoolPlan): boolean {
  const orderOf = ({ slots, isAsleep }: PoolPlan): string =>
    JSON.stringify([isAsleep, slots?.run, slots?.leave.map(({ instance }) => instance)]);
  return before === undefined || orderOf(before) !== orderOf(after);
}
