import { revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { partsOfLane, saysLabel } from '@sluice/core/tasks/affinity.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { QueueView, WorkerView } from '@sluice/protocol/http/queues.ts';
import type { TaskSummaryView, TaskView } from '@sluice/protocol/http/tasks.ts';
import type { RevisionCount } from '../store/tasks/count-tasks.ts';
import type { TaskQueue } from '../store/tasks/task-queues.ts';
import type { TaskRow, TaskSummaryRow } from '../store/tasks/task-row.ts';
import type { ConnectedWorker } from './dispatcher.ts';

/** A task without what it carries, as it is shown. */
export const summaryViewOf = (row: TaskSummaryRow): TaskSummaryView => ({
  id: row.id,
  track: row.queue,
  revision: row.revision,
  state: row.state,
  priority: row.priority,
  fairnessKey: row.fairnessKey === '' ? null : row.fairnessKey,
  session: row.session,
  ...askedOf(row.lane),
  attempt: row.attempt,
  failures: row.failures,
  failure: row.failure,
  worker: row.worker,
  dueAt: row.dueAt,
  deadlineAt: row.deadlineAt,
  createdAt: row.createdAt,
  startedAt: row.startedAt,
  endedAt: row.endedAt,
});

/** What the name of a line says of its tasks. */
function askedOf(lane: string): Pick<TaskSummaryView, 'capabilities' | 'labels'> {
  const { abilities, require, prefer, avoid } = partsOfLane(lane);
  return {
    capabilities: [...abilities],
    labels: { require: [...require], prefer: [...prefer], avoid: [...avoid] },
  };
}

/** A task as it is shown. */
export const taskViewOf = (row: TaskRow): TaskView => ({
  ...summaryViewOf(row),
  input: row.input,
  result: row.result,
  cancelReason: row.cancelReason ?? null,
});

/** A connected worker as it is shown. */
export const workerViewOf = (worker: ConnectedWorker): WorkerView => ({
  worker: worker.worker,
  track: worker.queue,
  revision: worker.revision,
  capabilities: worker.abilities.filter((ability) => !saysLabel(ability)),
  labels: worker.abilities.filter(saysLabel),
  health: worker.health ?? 'well',
  running: worker.running,
  wanted: worker.wanted,
});

/** A queue as it is shown: every revision that gets new tasks, has some, or has workers, those with a share first. */
export function queueViewOf(
  { queue, split }: TaskQueue,
  counts: readonly RevisionCount[],
  workers: readonly ConnectedWorker[],
): QueueView {
  const { weights } = split as Split;
  const here = workers.filter((worker) => worker.queue === queue);
  const own = counts.filter((count) => count.queue === queue);
  const revisions = new Set<string>([
    ...weights.toSorted((a, b) => b.basisPoints - a.basisPoints).map(({ revision }) => revision),
    ...own.map(({ revision }) => revision),
    ...here.map(({ revision }) => revision),
  ]);
  return {
    track: queue,
    revisions: [...revisions].map((revision) => {
      const { queue: _queue, ...count } =
        own.find((one) => one.revision === revision) ?? noneOf(queue, revision);
      const shareBasisPoints = weights.find((weight) => weight.revision === revision)?.basisPoints ?? 0;
      return {
        ...{ ...count, shareBasisPoints },
        workers: here.filter((worker) => worker.revision === revisionId(revision)).length,
      };
    }),
  };
}

const noneOf = (queue: TrackId, revision: string): RevisionCount => ({
  ...{ queue, revision, waiting: 0, scheduled: 0, running: 0, oldestAt: null, dead: 0 },
});
