import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import type { TaskState } from '@sluice/core/tasks/task-state.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';

/** Why an attempt failed, in words; opaque to the store. */
export interface TaskFailure {
  readonly failureClass: FailureClass;
  readonly message: string;
}

/** A task as it stands, without what it carries. */
export interface TaskSummaryRow {
  readonly id: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly lane: string;
  readonly state: TaskState;
  readonly priority: number;
  readonly fairnessKey: string;
  readonly session: string | null;
  /** How often it was leased; the fence of whoever has it. */
  readonly attempt: number;
  readonly failures: number;
  readonly dueAt: Instant | null;
  readonly deadlineAt: Instant | null;
  readonly worker: string | null;
  readonly failure: TaskFailure | null;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
}

/** A task as it stands. */
export interface TaskRow extends TaskSummaryRow {
  readonly input: unknown;
  readonly result: unknown;
  /** Why somebody ended it; null or missing where nobody said. */
  readonly cancelReason?: string | null;
}

/** What is read of a task, under the names of `TaskSummaryRow`. */
export const TASK_SUMMARY_COLUMNS = `
  tasks.id, tasks.queue, tasks.revision, tasks.lane, tasks.state, tasks.priority, tasks.fairness_key as "fairnessKey",
  tasks.session, tasks.attempt, tasks.failures, tasks.due_at as "dueAt", tasks.deadline_at as "deadlineAt", tasks.worker,
  tasks.failure, tasks.created_at as "createdAt", tasks.started_at as "startedAt", tasks.ended_at as "endedAt"`;

/** What is read of a task, under the names of `TaskRow`. */
export const TASK_COLUMNS = `${TASK_SUMMARY_COLUMNS}, tasks.input, tasks.result, tasks.cancel_reason as "cancelReason"`;
