import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { cancelTask, readTask } from '../store/tasks/change-tasks.ts';
import { claimTasks } from '../store/tasks/claim-tasks.ts';
import { settleTasks } from '../store/tasks/settle-tasks.ts';
import { submitTasks } from '../store/tasks/submit-tasks.ts';
import { putTaskSplit } from '../store/tasks/task-queues.ts';
import { readStandings } from '../store/tasks/task-standings.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { type TaskNews, taskNews, type TaskWord } from './task-news.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const database = withDatabase();

const newsOf = (everyMs: number): TaskNews<string> =>
  taskNews<string>({
    ...{ everyMs, now: () => 7 },
    standings: (tenant, ids) => readStandings(database.db, tenant, ids),
    read: (tenant, id) => readTask(database.db, tenant, id),
    failed: (thrown) => expect.fail(String(thrown)),
  });
const submitOne = async (): Promise<string> => {
  const task = {
    ...{ id: randomUUID(), revision: V1, lane: '', priority: 5, fairnessKey: '', weight: 1, session: null },
    ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: 1 },
  };
  await submitTasks(database.db, TENANT, { queue: QUEUE, generation: 1, tasks: [task] });
  return task.id;
};
const lease = async (): Promise<{ id: string; attempt: number; worker: string }> => {
  const wish = { queue: QUEUE, revision: V1, abilities: [], workers: ['one'], sessions: [], leaseMs: 60_000 };
  const [leased] = await claimTasks(database.db, TENANT, wish);
  assert(leased !== undefined, 'something waits');
  return leased;
};
const never = new AbortController().signal;
/** One word after the other. */
const reader = (words: AsyncIterable<TaskWord<string>>) => {
  const iterator = words[Symbol.asyncIterator]();
  return async () => (await iterator.next()).value;
};

beforeEach(async () => {
  await putTaskSplit(database.db, TENANT, { queue: QUEUE, generation: 1, split: { weights: [] } });
});

describe('whoever follows a task', () => {
  it('hears each state and the end, whichever server brings them about', async () => {
    const news = newsOf(20);
    const id = await submitOne();
    const next = reader(news.follow(TENANT, id, never));
    expect(await next()).toEqual({ kind: 'status', state: 'waiting', attempt: 0, revision: V1 });
    const leased = await lease();
    expect(await next()).toEqual({ kind: 'status', state: 'running', attempt: 1, revision: V1 });
    await settleTasks(database.db, TENANT, [{ ...leased, state: 'succeeded', result: { answer: 42 } }]);
    expect(await next()).toMatchObject({ kind: 'status', state: 'succeeded' });
    expect(await next()).toMatchObject({ kind: 'ended', task: { id, result: { answer: 42 } } });
    expect(await next()).toBeUndefined();
  });

  it('hears at once of what happens on this server', async () => {
    const news = newsOf(3_600_000);
    const id = await submitOne();
    const next = reader(news.follow(TENANT, id, never));
    expect(await next()).toMatchObject({ state: 'waiting' });
    await cancelTask(database.db, TENANT, id);
    news.changed(TENANT, id);
    expect(await next()).toMatchObject({ state: 'cancelled' });
    expect(await next()).toMatchObject({ kind: 'ended' });
  });

  it('hears what the worker tells, and not what others are told', async () => {
    const news = newsOf(3_600_000);
    const [id, other] = [await submitOne(), await submitOne()];
    const next = reader(news.follow(TENANT, id, never));
    await next();
    news.tell(TENANT, other, 1, 'of another task');
    news.tell('another tenant', id, 1, 'of another tenant');
    news.tell(TENANT, id, 2, 'hello');
    expect(await next()).toEqual({ kind: 'event', at: 7, attempt: 2, event: 'hello' });
  });

  it('and does not read is told how many events were left out', async () => {
    const news = newsOf(3_600_000);
    const id = await submitOne();
    const next = reader(news.follow(TENANT, id, never));
    await next();
    for (let n = 0; n < 1_005; n++) news.tell(TENANT, id, 1, String(n));
    for (let n = 0; n < 1_000; n++) expect(await next()).toMatchObject({ event: String(n) });
    news.tell(TENANT, id, 1, 'later');
    expect(await next()).toEqual({ kind: 'left-out', count: 5 });
    expect(await next()).toMatchObject({ event: 'later' });
  });

  it('hears nothing of a task that there is not, and no more once it has gone', async () => {
    const news = newsOf(20);
    expect(await reader(news.follow(TENANT, randomUUID(), never))()).toBeUndefined();
    const leaving = new AbortController();
    const next = reader(news.follow(TENANT, await submitOne(), leaving.signal));
    await next();
    leaving.abort();
    expect(await next()).toBeUndefined();
  });
});
