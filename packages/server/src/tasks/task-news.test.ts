import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { TASK_EVENT_LIMITS } from '@sluice/core/tasks/task-event.ts';
import { cancelTask, readTask } from '../store/tasks/change-tasks.ts';
import { claimTasks } from '../store/tasks/claim-tasks.ts';
import { settleTasks } from '../store/tasks/settle-tasks.ts';
import { readTaskEvents, type TaskEventRow } from '../store/tasks/task-events.ts';
import { readStandings } from '../store/tasks/task-standings.ts';
import { submitTasks } from '../store/tasks/submit-tasks.ts';
import { putTaskSplit } from '../store/tasks/task-queues.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { keptNews } from './kept-news.ts';
import { type TaskNews, taskNews, type TaskWord } from './task-news.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const database = withDatabase();

const open: TaskNews[] = [];
const newsOf = (everyMs: number): TaskNews => {
  const failed = (thrown: unknown) => expect.fail(String(thrown));
  const news = keptNews(database.db, { everyMs, now: () => 7, failed });
  open.push(news);
  return news;
};
const output = (text: string) => ({ kind: 'output', text }) as const;
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
const reader = (words: AsyncIterable<TaskWord>) => {
  const iterator = words[Symbol.asyncIterator]();
  return async () => (await iterator.next()).value;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((news) => news.close()));
});
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
    news.tell(TENANT, other, 1, output('of another task'));
    news.tell('another tenant', id, 1, output('of another tenant'));
    news.tell(TENANT, id, 2, output('hello'));
    expect(await next()).toMatchObject({ kind: 'event', at: 7, attempt: 2, event: output('hello') });
  });

  it('hears what was told before, on another server, and all of it before the end', async () => {
    // Between two looks the other server has all the time to write that it may need on a busy machine.
    const [near, far] = [newsOf(1_000), newsOf(20)];
    const id = await submitOne();
    const leased = await lease();
    for (let n = 0; n < 1_205; n++) far.tell(TENANT, id, 1, output(String(n)));
    await settleTasks(database.db, TENANT, [{ ...leased, state: 'succeeded', result: 1 }]);
    far.changed(TENANT, id);
    const heard: TaskWord[] = [];
    for await (const word of near.follow(TENANT, id, never)) heard.push(word);
    const texts = heard.map((word) =>
      word.kind === 'event' && 'text' in word.event ? word.event.text : word.kind,
    );
    expect(texts).toEqual([...Array.from({ length: 1_205 }, (_, n) => String(n)), 'status', 'ended']);
    const [first] = heard;
    assert(first?.kind === 'event', 'the first was an event');
    const later = reader(near.follow(TENANT, id, never, { after: first.sequence }));
    expect(await later()).toMatchObject({ event: output('1') });
  });

  it('hears what was told before the end although it was written while somebody looked', async () => {
    const id = await submitOne();
    await settleTasks(database.db, TENANT, [{ ...(await lease()), state: 'succeeded', result: 1 }]);
    const written: TaskEventRow[] = [];
    let isWritten = false;
    const news = taskNews({
      standings: (tenant, ids) => readStandings(database.db, tenant, ids),
      read: (tenant, task) => readTask(database.db, tenant, task),
      events: async () => {
        const seen = [...written];
        // The book has written when the answer of the store arrives.
        if (!isWritten)
          written.push({ task: id, sequence: 1, attempt: 1, at: 7, kind: 'output', body: { text: 'late' } });
        isWritten = true;
        return seen;
      },
      book: { note: () => undefined, hasUnwritten: () => !isWritten },
      failed: (thrown) => expect.fail(String(thrown)),
      everyMs: 10,
    });
    open.push(news);
    const words = news.follow(TENANT, id, never);
    news.changed(TENANT, id);
    const heard: string[] = [];
    for await (const { kind } of words) heard.push(kind);
    expect(heard).toEqual(['event', 'status', 'ended']);
  });

  it('and does not read is read no more for, and misses nothing once it does', async () => {
    const news = newsOf(10);
    const id = await submitOne();
    const next = reader(news.follow(TENANT, id, never));
    await next();
    for (let n = 0; n < 1_005; n++) news.tell(TENANT, id, 1, output(String(n)));
    for (let n = 0; n < 1_005; n++) expect(await next()).toMatchObject({ event: output(String(n)) });
  });

  it('hears no more than a task may tell, and that there was more', async () => {
    const news = newsOf(10);
    const id = await submitOne();
    const { ofTask } = TASK_EVENT_LIMITS;
    for (let n = 0; n < ofTask + 5; n++) news.tell(TENANT, id, 1, output('x'));
    await news.close();
    const kept = await readTaskEvents(database.db, TENANT, [{ task: id, after: 0 }], ofTask + 10);
    expect(kept).toHaveLength(ofTask);
    expect(kept.at(-1)).toMatchObject({ kind: 'log', body: { level: 'warn' } });
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
