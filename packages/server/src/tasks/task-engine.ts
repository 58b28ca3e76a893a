import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Advanced, OverdueTask } from '../store/tasks/advance-tasks.ts';
import type { LeasedTask, TaskClaim } from '../store/tasks/claim-tasks.ts';
import type { HeldLease, LeaseFence, TaskEnd } from '../store/tasks/settle-tasks.ts';
import type { NewTask, Submitted } from '../store/tasks/submit-tasks.ts';
import type { TaskQueue } from '../store/tasks/task-queues.ts';

/** What time has brought about, and the leases that have ended without a word. */
export interface TimePassed extends Advanced {
  readonly overdue: readonly OverdueTask[];
}

/**
 * Keeps tasks: at least once each to a worker, each end told once. Many servers use one engine at the same time. Failures
 * are `SluiceError`s; what was refused has changed nothing.
 */
export interface TaskEngine {
  /** Takes tasks in under the split that they were dealt by, all of them or, when another split is in force, none. */
  submit(
    tenant: string,
    batch: { readonly queue: TrackId; readonly generation: number; readonly tasks: readonly NewTask[] },
  ): Promise<Submitted>;
  /** Leases tasks of one line to workers. */
  claim(tenant: string, claim: TaskClaim): Promise<readonly LeasedTask[]>;
  /** Ends leases; gives the ids of those whose word counted. */
  settle(
    tenant: string,
    ends: readonly TaskEnd[],
    how?: { readonly isOverdue: boolean },
  ): Promise<ReadonlySet<string>>;
  /**
   * Makes leases last for so many milliseconds from now, until one was called lost also after its end; gives, by id, those that
   * still hold.
   */
  extend(
    tenant: string,
    leases: readonly LeaseFence[],
    leaseMs: number,
  ): Promise<ReadonlyMap<string, HeldLease>>;
  /** Moves what time has moved, at most so many tasks of each kind, and finds leases that have ended. */
  advance(limit: number): Promise<TimePassed>;
  /**
   * Puts a split in force unless a newer one is; gives what holds. No task comes in under an older one after. Tasks of
   * revisions that get no more stay with them for `pinMs` milliseconds from then, which are none where it is left out.
   */
  deal(tenant: string, queue: TaskQueue & { readonly pinMs?: number }): Promise<TaskQueue>;
  /** The split in force; null before the first. */
  dealt(tenant: string, queue: TrackId): Promise<TaskQueue | null>;
}
