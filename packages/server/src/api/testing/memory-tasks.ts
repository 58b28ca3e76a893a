import { revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { NewTask } from '../../store/tasks/submit-tasks.ts';
import type { TaskRow } from '../../store/tasks/task-row.ts';
import type { ConnectedWorker } from '../../tasks/dispatcher.ts';
import { noScores } from '../../tasks/testing/no-scores.ts';
import { storedTasks } from '../../tasks/stored-tasks.ts';
import { taskDesk } from '../../tasks/task-desk.ts';
import type { TaskEngine } from '../../tasks/task-engine.ts';
import type { TaskRecords } from '../../tasks/task-records.ts';
import type { TaskRegistry } from '../../tasks/task-registry.ts';

/** For tests: the real registry over tasks in memory. */
export interface MemoryTasks extends TaskRegistry {
  /** By their ids, in the order of coming in; tests change them as workers would. */
  readonly rows: Map<string, TaskRow>;
  readonly workers: TaskRegistry['workers'];
  readonly connected: ConnectedWorker[];
  /** Workers that were asked to leave. */
  readonly drained: string[];
  /** Tasks that were taken away from whoever had them. */
  readonly revoked: string[];
  /** Puts a task in, and whatever differs from one that waits. */
  put(task: Partial<TaskRow> & { readonly id: string }): TaskRow;
}

/** The only queue that anything serves. */
export const MEMORY_QUEUE = trackId('storefront', 'production', 'web');
const TENANT = 'default';
const SPLIT: Split = {
  ...{ ...EMPTY_SPLIT, salt: 'ro-2' },
  weights: [
    { revision: revisionId('web-2'), basisPoints: 500 },
    { revision: revisionId('web-1'), basisPoints: 9_500 },
  ],
};

/** For tests: nothing waits, and two workers are connected. */
export function memoryTasks({ mostOpen = 10_000 } = {}): MemoryTasks {
  const rows = new Map<string, TaskRow>();
  const [connected, drained, revoked] = [[worker('w-1'), worker('w-2')], [] as string[], [] as string[]];
  const engine = memoryEngine(rows);
  const registry = storedTasks(TENANT, {
    records: memoryRecords(rows),
    desk: taskDesk({ engine, now: () => SAMPLE_TIME, taken: () => {} }),
    workers: {
      connected: () => connected,
      drain: (_tenant, name) => drained.push(name) > 0,
    },
    taken: () => {},
    scores: noScores,
    revoked: (id) => void revoked.push(id),
    elapsedMs: () => performance.now(),
    mostOpen,
  });
  const put: MemoryTasks['put'] = (task) => {
    const row = { ...rowOf(MEMORY_QUEUE, { ...WAITING, id: task.id }), ...task };
    rows.set(row.id, row);
    return row;
  };
  return { ...registry, rows, connected, drained, revoked, put };
}

const worker = (name: string): ConnectedWorker => ({
  ...{ tenant: TENANT, worker: name, queue: MEMORY_QUEUE, revision: revisionId('web-1') },
  ...{ abilities: ['search'], running: 1, wanted: 3 },
});

const WAITING: NewTask = {
  ...{ id: '', revision: revisionId('web-1'), lane: '', priority: 5, fairnessKey: '', weight: 1 },
  ...{ session: null, dueAt: null, deadlineAt: null, idempotencyKey: null, input: null },
};

const dealtOf = async (_tenant: string, queue: TrackId) =>
  queue === MEMORY_QUEUE ? { queue, generation: 1, split: SPLIT } : null;

function memoryEngine(rows: Map<string, TaskRow>): Pick<TaskEngine, 'submit' | 'dealt'> {
  const byKey = new Map<string, string>();
  return {
    dealt: dealtOf,
    submit: async (_tenant, { queue, tasks }) =>
      tasks.map((task) => {
        const { id, idempotencyKey: key } = task;
        const first = key === null ? undefined : byKey.get(key);
        if (first !== undefined) return { id: first, isNew: false };
        if (key !== null) byKey.set(key, id);
        rows.set(id, rowOf(queue, task));
        return { id, isNew: true };
      }),
  };
}

const rowOf = (queue: TrackId, { weight: _weight, idempotencyKey: _key, ...task }: NewTask): TaskRow => ({
  ...task,
  ...{ queue, state: task.dueAt === null ? 'waiting' : 'scheduled', attempt: 0, failures: 0 },
  ...{ worker: null, result: null, failure: null, createdAt: SAMPLE_TIME, startedAt: null, endedAt: null },
});

function memoryRecords(rows: Map<string, TaskRow>): TaskRecords {
  const of = (queue: TrackId) => [...rows.values()].filter((row) => row.queue === queue);
  const change = (id: string, changes: Partial<TaskRow>): TaskRow | null => {
    const row = rows.get(id);
    if (row) rows.set(id, { ...row, ...changes });
    return rows.get(id) ?? null;
  };
  const isOpen = ({ endedAt }: TaskRow): boolean => endedAt === null;
  return {
    get: async (_tenant, id) => rows.get(id) ?? null,
    list: async (_tenant, { queue, state, session, after, limit }) =>
      of(queue)
        .filter((row) => state === undefined || row.state === state)
        .filter((row) => session === undefined || row.session === session)
        .filter((row) => after === undefined || row.id < after)
        .toSorted((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit),
    cancel: async (_tenant, id) => {
      const row = rows.get(id);
      return row && isOpen(row) ? change(id, { state: 'cancelled', endedAt: SAMPLE_TIME }) : null;
    },
    redrive: async (_tenant, { tasks }) =>
      tasks
        .filter(({ id }) => rows.get(id)?.state === 'dead')
        .map(({ id, revision }) => {
          change(id, { state: 'waiting', revision, failures: 0, endedAt: null });
          return id;
        }),
    queues: async (_tenant, { after = '' }) =>
      MEMORY_QUEUE > after ? [{ queue: MEMORY_QUEUE, generation: 1, split: SPLIT }] : [],
    queue: dealtOf,
    count: async () =>
      [...Map.groupBy(of(MEMORY_QUEUE), ({ revision }) => revision)].map(([revision, those]) => {
        const many = (state: string): number => those.filter((row) => row.state === state).length;
        return {
          ...{ queue: MEMORY_QUEUE, revision, waiting: many('waiting'), scheduled: many('scheduled') },
          ...{ running: many('running'), dead: many('dead') },
          oldestAt: many('waiting') > 0 ? SAMPLE_TIME : null,
        };
      }),
    countOpen: async (_tenant, { queue, limit }) => Math.min(limit, of(queue).filter(isOpen).length),
  };
}
