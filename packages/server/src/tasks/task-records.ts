import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Redrive, TaskCancel } from '../store/tasks/change-tasks.ts';
import type { RevisionCount } from '../store/tasks/count-tasks.ts';
import type { TaskList } from '../store/tasks/list-tasks.ts';
import type { TaskQueue } from '../store/tasks/task-queues.ts';
import type { TaskRow, TaskSummaryRow } from '../store/tasks/task-row.ts';

/** Reads tasks, and changes those that people point at; what workers do goes through `TaskEngine`. */
export interface TaskRecords {
  /** Null when there is none. */
  get(tenant: string, id: string): Promise<TaskRow | null>;
  /** The newest first, without what they carry. */
  list(tenant: string, list: TaskList): Promise<readonly TaskSummaryRow[]>;
  /** Ends a task that has not ended; null when there is none such. */
  cancel(tenant: string, id: string, said?: TaskCancel): Promise<TaskRow | null>;
  /** Lets dead letters be tried again, unless another split is in force; gives the ids of those that wait again. */
  redrive(tenant: string, redrive: Redrive): Promise<readonly string[] | 'split-changed'>;
  /** The queues after the given one, in the order of their tracks. */
  queues(
    tenant: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly TaskQueue[]>;
  /** The queue of a track, with the split in force; null before the first. */
  queue(tenant: string, queue: TrackId): Promise<TaskQueue | null>;
  count(tenant: string, queues: readonly TrackId[]): Promise<readonly RevisionCount[]>;
  /** How many tasks have not ended; no more than `limit` are counted. */
  countOpen(tenant: string, which: { readonly queue: TrackId; readonly limit: number }): Promise<number>;
}
