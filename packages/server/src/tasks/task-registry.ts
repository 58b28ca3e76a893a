import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { QueueView, WorkerView } from '@sluice/protocol/http/queues.ts';
import type {
  RetryReply,
  SubmitReply,
  NewTaskView,
  TaskStateView,
  TaskSummaryView,
  TaskView,
} from '@sluice/protocol/http/tasks.ts';
import type { ScoreReply } from '@sluice/protocol/http/scores.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { TaskScores } from '../store/tasks/task-scores.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';

/** Which tasks of a track are listed. */
export interface TaskFilter {
  readonly state?: TaskStateView | undefined;
  readonly session?: string | undefined;
}

/** Who cancels a task, and why. */
export interface CancelWords {
  /** Stands in the ledger; nobody is written down without. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** Everything a user can do with tasks and workers. Refusals are problems to show. */
export interface TaskRegistry {
  /** Takes all of them or none; refused with 429 when too much waits. Here and below `by` stands in the ledger. */
  submit(track: TrackId, tasks: readonly NewTaskView[], by?: string): Promise<Result<SubmitReply, Problem>>;
  task(id: string): Promise<Result<TaskView, Problem>>;
  /** Newest first. */
  tasks(track: TrackId, filter: TaskFilter, page: PageRequest): Promise<Page<TaskSummaryView>>;
  /** Ends it for good; a worker that has it is told to stop. */
  cancel(id: string, said?: CancelWords): Promise<Result<TaskView, Problem>>;
  /** Lets a dead letter be tried again, on the revision that the split in force deals it to. */
  retry(id: string, by?: string): Promise<Result<TaskView, Problem>>;
  /** Says how good a result was, also long after; names and sources are of the caller's choice. */
  score(scores: TaskScores): Promise<Result<ScoreReply, Problem>>;
  /** As `retry`, for the dead letters of a track, the newest first. */
  retryDead(track: TrackId, limit: number, by?: string): Promise<Result<RetryReply, Problem>>;
  /** In the order of their tracks; counts may be some seconds old. */
  queues(page: PageRequest): Promise<Page<QueueView>>;
  /** Those that are connected to this server, in the order of their names. */
  workers(page: PageRequest): Promise<Page<WorkerView>>;
  /** Asks a worker to finish what it has and leave. */
  drain(worker: string, by?: string): Promise<Result<WorkerView, Problem>>;
}
