import { beforeEach, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { newTaskId } from '../../tasks/task-id.ts';
import { withDatabase } from '../testing/with-database.ts';
import { claimTasks } from './claim-tasks.ts';
import { listTasks, type TaskList } from './list-tasks.ts';
import { settleTasks } from './settle-tasks.ts';
import { submitTasks } from './submit-tasks.ts';
import { listQueues, putTaskSplit } from './task-queues.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const OTHER = trackId('shop', 'production', 'other');
const V1 = revisionId('agent-1');
const FAILURE = { failureClass: 'tool', message: 'it did not work' } as const;
const database = withDatabase();

const list = (more: Partial<TaskList> = {}) =>
  listTasks(database.db, TENANT, { queue: QUEUE, limit: 100, ...more });
const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

async function submit(queue: typeof QUEUE, count: number): Promise<string[]> {
  const tasks = Array.from({ length: count }, (_, at) => ({
    ...{ id: newTaskId(1_000 + at), revision: V1, lane: '', priority: 5, fairnessKey: '', weight: 1 },
    ...{ session: at % 2 ? 'odd' : null, dueAt: null, deadlineAt: null, idempotencyKey: null, input: 'much' },
  }));
  await submitTasks(database.db, TENANT, { queue, generation: 1, tasks });
  return idsOf(tasks).toReversed();
}

beforeEach(async () => {
  for (const queue of [QUEUE, OTHER])
    await putTaskSplit(database.db, TENANT, { queue, generation: 1, split: { weights: [] } });
});

it('a queue is listed page by page, the newest first, without what tasks carry', async () => {
  const ids = await submit(QUEUE, 5);
  await submit(OTHER, 5);
  const first = await list({ limit: 2 });
  expect(idsOf(first)).toEqual(ids.slice(0, 2));
  expect(first[0]).not.toHaveProperty('input');
  expect(idsOf(await list({ after: ids[1] ?? '' }))).toEqual(ids.slice(2));
  expect(await listTasks(database.db, 'another', { queue: QUEUE, limit: 9 })).toEqual([]);
});

it('only what is in one state, or of one session, is listed', async () => {
  const ids = await submit(QUEUE, 5);
  expect(idsOf(await list({ session: 'odd' }))).toEqual([ids[1], ids[3]]);
  expect(await list({ state: 'dead' })).toEqual([]);
  const claim = { queue: QUEUE, revision: V1, abilities: [], sessions: [], leaseMs: 60_000 };
  const [leased] = await claimTasks(database.db, TENANT, { ...claim, workers: ['one'] });
  const { id = '', attempt = 0 } = leased ?? {};
  expect(idsOf(await list({ state: 'running' }))).toEqual([id]);
  await settleTasks(database.db, TENANT, [{ id, attempt, worker: 'one', state: 'dead', failure: FAILURE }]);
  expect(await list({ state: 'dead' })).toMatchObject([{ id, worker: 'one', failures: 1, failure: FAILURE }]);
});

it('queues are listed in the order of their tracks', async () => {
  const queues = (page: { readonly after?: string; readonly limit: number }) =>
    listQueues(database.db, TENANT, page).then((rows) => rows.map(({ queue }) => queue));
  expect(await queues({ limit: 1 })).toEqual([QUEUE]);
  expect(await queues({ after: QUEUE, limit: 9 })).toEqual([OTHER]);
});
