import type { TaskState } from '@sluice/core/tasks/task-state.ts';
import type { NewTask } from '@sluice/server/store/tasks/submit-tasks.ts';
import type { TaskRow } from '@sluice/server/store/tasks/task-row.ts';

/** A task as the simulated store keeps it. */
export interface MemoryRow extends Mutable<Omit<TaskRow, 'id' | 'queue'>> {
  readonly id: string;
  readonly queue: TaskRow['queue'];
  readonly tenant: string;
  readonly idempotencyKey: string | null;
  tag: number;
  leaseUntil: number | null;
  /** The worker that failed with it last. */
  avoid: string | null;
  /** Whether it was leased within limits, and counts among what runs within them. */
  isLimited: boolean;
  /** The task from whose last worker it is kept. */
  readonly apartFrom: string | null;
  /** The task of which it is a copy. */
  readonly shadowOf: string | null;
  /** Whether it, a copy, has been compared. */
  isCompared: boolean;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** A task that has just come in. */
export function newRow(
  tenant: string,
  queue: TaskRow['queue'],
  task: NewTask,
  { now, tag }: { readonly now: number; readonly tag: number },
): MemoryRow {
  const { id, revision, lane, priority, fairnessKey, session, dueAt, deadlineAt, idempotencyKey, input } =
    task;
  const state: TaskState = dueAt !== null && dueAt > now ? 'scheduled' : 'waiting';
  return {
    ...{
      tenant,
      id,
      queue,
      revision,
      lane,
      state,
      tag,
      priority,
      fairnessKey,
      session,
      dueAt,
      deadlineAt,
      input,
    },
    ...{ idempotencyKey, attempt: 0, failures: 0, leaseUntil: null, worker: null, avoid: null, result: null },
    ...{ failure: null, createdAt: now, startedAt: null, endedAt: null, isLimited: false, isCompared: false },
    ...{ apartFrom: task.apartFrom ?? null, shadowOf: task.shadowOf ?? null },
  };
}
