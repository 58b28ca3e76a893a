/**
 * Purpose: what people may do with tasks, over the store and the workers of this server.
 *
 * Owns nothing. 1. What is beyond a queue's limit is refused before anything is written. 2. A dead letter is dealt anew by the
 * split in force, never to a revision that gets no tasks any more. 3. A cancelled task's worker is told: here at once, on
 * other servers when its lease is made longer the next time.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { allowed } from '@sluice/core/tasks/task-state.ts';
import type { NewTaskView } from '@sluice/protocol/http/tasks.ts';
import { pageOf } from '../store/paging/page-of.ts';
import type { RevisionCount } from '../store/tasks/count-tasks.ts';
import { type PlacesTaken, queueRoom, ROOM_FOR_MS } from './queue-room.ts';
import { rememberedFor } from './remembered-for.ts';
import type { ScoreDesk } from './score-desk.ts';
import type { TaskDesk } from './task-desk.ts';
import type { TaskRecords } from './task-records.ts';
import { changedMeanwhile, queueFull, refusedAs, unknownTask, unknownWorker } from './task-refusals.ts';
import type { CancelWords, TaskRegistry } from './task-registry.ts';
import { redriveLetters } from './redrive-letters.ts';
import type { TaskRequest } from './task-request.ts';
import { queueViewOf, summaryViewOf, taskViewOf, workerViewOf } from './task-views.ts';
import type { WaitingLimits } from './waiting-limits.ts';
import type { WorkerRoster } from './worker-roster.ts';

/** What the registry works with. */
export interface StoredTasksPorts {
  readonly records: TaskRecords;
  readonly desk: TaskDesk;
  readonly workers: WorkerRoster;
  readonly scores: ScoreDesk;
  /** Told that something waits in a queue. */
  readonly taken: (tenant: string, queue: TrackId) => void;
  /** Told that a task was taken away from whoever has it. */
  readonly revoked: (id: string) => void;
  /** Milliseconds that never go back. */
  readonly elapsedMs: () => number;
  /** Refuses what would wait beyond the limits that a revision declares; nothing is refused without. */
  readonly waiting?: WaitingLimits;
  /** Most tasks of one queue that have not ended; `TASK_LIMITS.waiting` without. */
  readonly mostOpen?: number;
}

/** Of a queue of a million the counts cost most of a second, so that whoever looks on gets the same for a while; in ms. */
const COUNTED_FOR_MS = 5_000;

/** The tasks of a tenant. */
export function storedTasks(tenant: string, ports: StoredTasksPorts): TaskRegistry {
  const { records, workers, elapsedMs } = ports;
  const counted = rememberedFor({
    ...{ forMs: COUNTED_FOR_MS, elapsedMs },
    read: (queues) => records.count(tenant, JSON.parse(queues) as TrackId[]),
  });
  return {
    submit: submitting(tenant, ports),
    task: async (id) => shown(id, await records.get(tenant, id)),
    tasks: (queue, { state, session }, { cursor, limit }) => {
      const wish = {
        queue,
        ...(state && { state }),
        ...(session && { session }),
        ...(cursor && { after: cursor }),
      };
      const read = (most: number) => records.list(tenant, { ...wish, limit: most });
      return pageOf(limit, read, { item: summaryViewOf, cursor: ({ id }) => id });
    },
    cancel: (id, said = {}) => cancel(tenant, ports, id, said),
    retry: (id) => retry(tenant, ports, id),
    score: (scores) => ports.scores.score(tenant, scores),
    retryDead: (track, limit) => retryDead(tenant, ports, { track, limit }),
    queues: async ({ cursor, limit }) => {
      const read = (most: number) =>
        records.queues(tenant, { ...(cursor && { after: cursor }), limit: most });
      const page = await pageOf(limit, read, { item: (row) => row, cursor: ({ queue }) => queue });
      const ids = page.items.map(({ queue }) => queue);
      const counts: readonly RevisionCount[] = ids.length === 0 ? [] : await counted(JSON.stringify(ids));
      const connected = ownOf(tenant, workers);
      return { next: page.next, items: page.items.map((queue) => queueViewOf(queue, counts, connected)) };
    },
    workers: ({ cursor, limit }) => {
      const after = ownOf(tenant, workers).filter(({ worker }) => cursor === null || worker > cursor);
      const read = async (most: number) => after.slice(0, most);
      return pageOf(limit, read, { item: workerViewOf, cursor: ({ worker }) => worker });
    },
    drain: async (name) => {
      const worker = ownOf(tenant, workers).find((one) => one.worker === name);
      return worker && workers.drain(tenant, name) ? ok(workerViewOf(worker)) : unknownWorker(name);
    },
  };
}

const ownOf = (tenant: string, workers: WorkerRoster) =>
  workers
    .connected()
    .filter((worker) => worker.tenant === tenant)
    .toSorted((a, b) => (a.worker < b.worker ? -1 : 1));

const shown = (id: string, row: Parameters<typeof taskViewOf>[0] | null) =>
  row === null ? unknownTask(id) : ok(taskViewOf(row));

function submitting(
  tenant: string,
  { records, desk, elapsedMs, waiting, mostOpen = TASK_LIMITS.waiting }: StoredTasksPorts,
): TaskRegistry['submit'] {
  const room = queueRoom({ records, elapsedMs, limit: mostOpen });
  return async (track, tasks) => {
    const cameIn = await room.keep(tenant, track, tasks.length);
    if (cameIn === null) return queueFull(track, mostOpen, ROOM_FOR_MS);
    const keys = tasks.map(({ fairnessKey = '' }) => fairnessKey);
    let cameInWithin: PlacesTaken | undefined;
    let count = 0;
    try {
      const within = await waiting?.keep(tenant, track, keys);
      if (within?.ok === false) return within;
      cameInWithin = within?.value;
      // Until it is known how many came in it may be all of them.
      count = tasks.length;
      const taken = await desk.submit(tenant, track, tasks.map(requestOf));
      count = taken.ok ? taken.value.filter(({ isNew }) => isNew).length : 0;
      return taken.ok ? ok({ tasks: [...taken.value] }) : refusedAs(taken.refusal);
    } finally {
      cameIn(count);
      cameInWithin?.(count);
    }
  };
}

const affinityOf = ({ apartFrom, ...labels }: NonNullable<NewTaskView['affinity']>) => ({
  ...labels,
  ...(apartFrom !== undefined && { apartFrom }),
});

function requestOf({ capabilities, fairnessKey, session, affinity, ...rest }: NewTaskView): TaskRequest {
  const { input, priority, dueAt, deadlineAt, idempotencyKey } = rest;
  return {
    ...{ input, priority, abilities: capabilities },
    ...(fairnessKey !== undefined && { fairnessKey }),
    ...(session !== undefined && { session }),
    ...(affinity !== undefined && { affinity: affinityOf(affinity) }),
    ...(dueAt !== undefined && { dueAt }),
    ...(deadlineAt !== undefined && { deadlineAt }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

const cancel = async (
  tenant: string,
  { records, revoked }: StoredTasksPorts,
  id: string,
  { by, reason }: CancelWords,
) => {
  const cancelled = await records.cancel(tenant, id, { by: by ?? null, reason: reason ?? null });
  if (cancelled !== null) {
    revoked(id);
    return ok(taskViewOf(cancelled));
  }
  const row = await records.get(tenant, id);
  if (row === null) return unknownTask(id);
  const verdict = allowed(row.state, 'cancelled', 'cancelled');
  return verdict.ok ? changedMeanwhile(id) : refusedAs(verdict.refusal);
};

const retry = async (tenant: string, ports: StoredTasksPorts, id: string) => {
  const row = await ports.records.get(tenant, id);
  if (row === null) return unknownTask(id);
  const verdict = allowed(row.state, 'redriven', 'waiting');
  if (!verdict.ok) return refusedAs(verdict.refusal);
  const retried = await redriveLetters(tenant, ports, { track: row.queue, letters: [row] });
  if (!retried.ok) return retried;
  if (retried.value.length === 0) return changedMeanwhile(id);
  return shown(id, await ports.records.get(tenant, id));
};

const retryDead = async (
  tenant: string,
  ports: StoredTasksPorts,
  { track, limit }: { readonly track: TrackId; readonly limit: number },
) => {
  const dead = await ports.records.list(tenant, { queue: track, state: 'dead', limit: limit + 1 });
  const retried = await redriveLetters(tenant, ports, { track, letters: dead.slice(0, limit) });
  return retried.ok ? ok({ retried: [...retried.value], hasMore: dead.length > limit }) : retried;
};
