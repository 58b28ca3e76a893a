import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { memoryTasks } from '../api/testing/memory-tasks.ts';
import type { NewLedgerEntry } from '../store/ledger/grow-ledger.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { cancelTask } from '../store/tasks/change-tasks.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { ledgeredTasks } from './ledgered-tasks.ts';
import { taskDesk } from './task-desk.ts';

const database = withDatabase();
const QUEUE = trackId('storefront', 'production', 'web');

it('what people do to tasks stands in the ledger, and what programs do does not', async () => {
  const entries: NewLedgerEntry[] = [];
  const tasks = ledgeredTasks(memoryTasks(), {
    now: () => 7,
    append: async (entry) => void entries.push(entry),
  });
  const wish = { input: 1, priority: 5, capabilities: [] };
  await tasks.submit(QUEUE, [wish]);
  expect(entries).toEqual([]);
  await tasks.submit(QUEUE, [wish, wish], 'ann');
  await tasks.drain('w-1', 'bob');
  await tasks.retry(randomUUID(), 'ann');
  expect(entries).toMatchObject([
    { at: 7, actor: 'ann', action: 'tasksSubmitted', subject: QUEUE, detail: { count: 2 } },
    { at: 7, actor: 'bob', action: 'workerDrained', detail: { worker: 'w-1' } },
  ]);
});

it('who cancelled a task, and why, is written with it', async () => {
  const engine = postgresTaskEngine(database.db);
  const split = { ...{ salt: '', weights: [{ revision: revisionId('web-1'), basisPoints: 10_000 }] } };
  await engine.deal('default', { queue: QUEUE, generation: 1, split });
  const desk = taskDesk({ engine, now: Date.now, taken: () => undefined });
  const taken = await desk.submit('default', QUEUE, [{ input: 1 }, { input: 2 }]);
  const [one = '', other = ''] = taken.ok ? taken.value.map(({ id }) => id) : [];
  const said = { by: 'ann', reason: 'no longer wanted' };
  expect(await cancelTask(database.db, 'default', one, said)).toMatchObject({ cancelReason: said.reason });
  expect(await cancelTask(database.db, 'default', one, said)).toBeNull();
  await cancelTask(database.db, 'default', other, { by: null, reason: 'too late' });
  expect(await listLedger(database.db, 'default', { limit: 10 })).toMatchObject([
    { actor: 'ann', action: 'taskCancelled', subject: QUEUE, detail: { task: one, reason: said.reason } },
  ]);
});
