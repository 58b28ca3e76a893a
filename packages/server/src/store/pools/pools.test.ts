import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { claimTasks } from '../tasks/claim-tasks.ts';
import { type NewTask, submitTasks } from '../tasks/submit-tasks.ts';
import { putTaskSplit } from '../tasks/task-queues.ts';
import { withDatabase } from '../testing/with-database.ts';
import { measureLoad } from './measure-load.ts';
import { addLooks, forgetHistory, readHistory } from './pool-history.ts';
import { forgetPlans, listPlans, notePlanApplied, putPlans } from './pool-plans.ts';
import { forgetRosters, listRosters, putRosters } from './pool-rosters.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const OTHER = trackId('shop', 'production', 'other');
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const database = withDatabase();

const tasks = (many: number, more: Partial<NewTask> = {}): readonly NewTask[] =>
  Array.from({ length: many }, () => ({
    ...{ id: randomUUID(), revision: V1, lane: '', priority: 5, fairnessKey: '', session: null, weight: 1 },
    ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: 1, ...more },
  }));
const submit = async (...batch: readonly NewTask[]): Promise<void> => {
  await putTaskSplit(database.db, TENANT, { queue: QUEUE, generation: 1, split: {} });
  await submitTasks(database.db, TENANT, { queue: QUEUE, generation: 1, tasks: batch });
};

describe('the load of a queue', () => {
  it('is what waits and runs, over all lanes, by revision', async () => {
    const before = Date.now();
    await submit(...tasks(3), ...tasks(2, { lane: 'gpu' }), ...tasks(1, { revision: V2 }));
    await submit(...tasks(4, { dueAt: Date.now() + 60_000 }));
    const claim = { queue: QUEUE, revision: V1, abilities: [], sessions: [], leaseMs: 60_000 };
    await claimTasks(database.db, TENANT, { ...claim, workers: ['one'] });
    const load = await measureLoad(database.db, TENANT, [QUEUE, OTHER]);
    expect(load).toMatchObject([
      { queue: QUEUE, revision: V1, waiting: 4, running: 1 },
      { queue: QUEUE, revision: V2, waiting: 1, running: 0 },
    ]);
    expect(load[0]?.oldestAt).toBeGreaterThan(before - 1_000);
    expect(await measureLoad(database.db, 'another', [QUEUE])).toEqual([]);
  });

  it('has a revision whose tasks all run', async () => {
    await submit(...tasks(1));
    const claim = { queue: QUEUE, revision: V1, abilities: [], sessions: [], leaseMs: 60_000 };
    await claimTasks(database.db, TENANT, { ...claim, workers: ['one'] });
    expect(await measureLoad(database.db, TENANT, [QUEUE])).toMatchObject([
      { revision: V1, waiting: 0, running: 1, oldestAt: null },
    ]);
  });
});

describe('a plan', () => {
  const plan = (sequence: number, words: string) => ({
    queue: QUEUE,
    revision: V1,
    sequence,
    plan: { words },
  });

  it('is not undone by one that was overtaken', async () => {
    await putPlans(database.db, TENANT, [plan(2, 'two'), { ...plan(1, 'other'), revision: V2 }]);
    await putPlans(database.db, TENANT, [plan(1, 'one')]);
    expect(await listPlans(database.db, TENANT)).toMatchObject([
      { revision: V1, sequence: 2, applied: 0, plan: { words: 'two' } },
      { revision: V2 },
    ]);
    expect(await listPlans(database.db, 'another')).toEqual([]);
  });

  it('keeps what a host has confirmed, and is forgotten', async () => {
    await putPlans(database.db, TENANT, [plan(2, 'two')]);
    await notePlanApplied(database.db, TENANT, plan(2, ''));
    await notePlanApplied(database.db, TENANT, plan(1, ''));
    await putPlans(database.db, TENANT, [plan(3, 'three')]);
    expect(await listPlans(database.db, TENANT)).toMatchObject([{ sequence: 3, applied: 2 }]);
    await forgetPlans(database.db, TENANT, [plan(3, '')]);
    expect(await listPlans(database.db, TENANT)).toEqual([]);
  });
});

it('a server says who is connected, and whoever it does not name any more is gone', async () => {
  const { db } = database;
  await putRosters(db, TENANT, 'a', [
    { queue: QUEUE, revision: V1, workers: ['one'] },
    { queue: QUEUE, revision: V2, workers: ['two'] },
  ]);
  await putRosters(db, TENANT, 'b', [{ queue: QUEUE, revision: V1, workers: ['three'] }]);
  await putRosters(db, TENANT, 'a', [{ queue: QUEUE, revision: V1, workers: ['four'] }]);
  const seen = (await listRosters(db, TENANT, 60_000)).map(({ workers }) => workers);
  expect(seen).toHaveLength(2);
  expect(seen).toEqual(expect.arrayContaining([['three'], ['four']]));
  await putRosters(db, TENANT, 'a', []);
  expect(await listRosters(db, TENANT, 60_000)).toMatchObject([{ workers: ['three'] }]);
  await forgetRosters(db, 0);
  expect(await listRosters(db, TENANT, 60_000)).toEqual([]);
});

it('the history keeps the mean of the looks of each stretch', async () => {
  const { db } = database;
  const look = (bucket: number, places: number) => ({ queue: QUEUE, bucket, places });
  await addLooks(db, TENANT, [look(300_000, 2), look(600_000, 5), { ...look(600_000, 9), queue: OTHER }]);
  await addLooks(db, TENANT, [look(300_000, 4)]);
  expect(await readHistory(db, TENANT, { queue: QUEUE, since: 0 })).toEqual([
    { at: 300_000, places: 3 },
    { at: 600_000, places: 5 },
  ]);
  await forgetHistory(db, 400_000);
  expect(await readHistory(db, TENANT, { queue: QUEUE, since: 0 })).toHaveLength(1);
});
