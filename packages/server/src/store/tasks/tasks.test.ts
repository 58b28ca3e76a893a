import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { type RevisionId, revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { withDatabase } from '../testing/with-database.ts';
import { advanceTasks, overdueTasks } from './advance-tasks.ts';
import { cancelTask, readTask, redriveTasks } from './change-tasks.ts';
import { advanceLine, claimTasks, type LeasedTask, type TaskClaim } from './claim-tasks.ts';
import { deleteIdleFlows, deleteOldOutcomes, deleteOldTasks } from './prune-tasks.ts';
import { putOutcomes } from './task-outcomes.ts';
import { deleteDeadLines, moveStrays, moveTasks } from './move-tasks.ts';
import { extendLeases, settleTasks, type TaskEnd } from './settle-tasks.ts';
import { type NewTask, submitTasks } from './submit-tasks.ts';
import { countOpen, countRevisions } from './count-tasks.ts';
import { countLines, putTaskSplit, taskQueue } from './task-queues.ts';

/** As the desk makes them: they go with time. */
const newTaskId = (at: number): string =>
  `${at
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})/, '$1-')}-7${randomUUID().slice(15)}`;
const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const FAILURE = { failureClass: 'transient', message: 'it did not work' } as const;
const database = withDatabase();

const task = (more: Partial<NewTask> = {}): NewTask => {
  const made = {
    ...{ id: randomUUID(), revision: V1, lane: '', priority: 5, fairnessKey: '', session: null },
    ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: { text: 'hello' }, ...more },
  };
  return { weight: 2 ** (made.priority - 5), ...made };
};
const submit = (...tasks: readonly NewTask[]) =>
  submitTasks(database.db, TENANT, { queue: QUEUE, generation: 1, tasks });
const many = (count: number, more: Partial<NewTask> = {}): NewTask[] =>
  Array.from({ length: count }, (_, number) => task({ input: { number }, ...more }));
interface Wish extends Partial<TaskClaim> {
  readonly worker?: string;
  readonly limit?: number;
}
const claim = ({ worker = 'one', limit = 10, ...more }: Wish = {}): Promise<readonly LeasedTask[]> =>
  claimTasks(database.db, TENANT, {
    ...{ queue: QUEUE, revision: V1, abilities: [], sessions: [], leaseMs: 60_000 },
    workers: Array.from({ length: limit }, () => worker),
    ...more,
  });
const claimOne = async (more: Wish = {}): Promise<LeasedTask> => {
  const [leased] = await claim({ limit: 1, ...more });
  assert(leased !== undefined, 'something was waiting');
  return leased;
};
const settle = (leased: LeasedTask, end: object, worker = 'one'): Promise<ReadonlySet<string>> =>
  settleTasks(database.db, TENANT, [{ id: leased.id, attempt: leased.attempt, worker, ...end } as TaskEnd]);
const serveOnly = (revision: RevisionId): Promise<unknown> => {
  const split = { weights: [{ revision, basisPoints: 10_000 }] };
  return putTaskSplit(database.db, TENANT, {
    ...{ queue: QUEUE, generation: 2, split },
    ...{ serving: [revision], heir: revision },
  });
};
/** Until somebody waits for somebody else's row. */
const waitingForLock = async (db: Database): Promise<void> => {
  for (;;) {
    const { rows } = await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'
      and datname = current_database()`.execute(db);
    if (rows.length > 0) return;
  }
};
const state = async (id: string): Promise<string | undefined> =>
  (await readTask(database.db, TENANT, id))?.state;
/** Lets every lease, pause and deadline of a task be over. */
const age = (id: string): Promise<unknown> =>
  sql`update tasks set lease_until = lease_until - interval '1 day', due_at = due_at - interval '1 day',
    deadline_at = deadline_at - interval '1 day' where id = ${id}::uuid`.execute(database.db);

beforeEach(async () => {
  await putTaskSplit(database.db, TENANT, { queue: QUEUE, generation: 1, split: { weights: [] } });
});

describe('a task', () => {
  it('is leased once, and ends once with its result', async () => {
    const made = task();
    expect(await submit(made)).toEqual([{ id: made.id, isNew: true }]);
    const leased = await claimOne();
    expect(leased).toMatchObject({ id: made.id, attempt: 1, failures: 0, input: { text: 'hello' } });
    expect(await claim()).toEqual([]);
    expect(await settle(leased, { state: 'succeeded', result: { answer: 42 } })).toEqual(new Set([made.id]));
    expect(await settle(leased, { state: 'succeeded', result: 'again' })).toEqual(new Set());
    expect(await readTask(database.db, TENANT, made.id)).toMatchObject({
      state: 'succeeded',
      result: { answer: 42 },
    });
  });

  it('adds up what its attempts have cost', async () => {
    await submit(task());
    const first = await claimOne();
    await settle(first, { state: 'waiting', costMicros: 1_500 });
    const second = await claimOne();
    await settle(second, { state: 'succeeded', result: 1, costMicros: 500 });
    const { rows } = await sql<{ cost: string }>`select cost_micros as cost from tasks`.execute(database.db);
    expect(rows.map(({ cost }) => Number(cost))).toEqual([2_000]);
  });

  it('is not ended by somebody else, by an older attempt, or after its lease', async () => {
    await submit(task());
    const first = await claimOne();
    expect(await settle(first, { state: 'succeeded', result: 1 }, 'two')).toEqual(new Set());
    await age(first.id);
    expect(await settle(first, { state: 'succeeded', result: 1 })).toEqual(new Set());
    expect(await overdueTasks(database.db, 10)).toMatchObject([{ id: first.id, attempt: 1, worker: 'one' }]);
    const lost = { id: first.id, attempt: 1, worker: 'one', state: 'waiting' } as const;
    expect(await settleTasks(database.db, TENANT, [lost], { isOverdue: true })).toEqual(new Set([first.id]));
    const second = await claimOne();
    expect(second.attempt).toBe(2);
    expect(await settle({ ...second, attempt: 1 }, { state: 'succeeded', result: 1 })).toEqual(new Set());
    expect(await settle(second, { state: 'succeeded', result: 2 })).toEqual(new Set([first.id]));
  });

  it('keeps its lease for as long as somebody asks for more', async () => {
    await submit(task());
    const leased = await claimOne();
    const fence = { id: leased.id, attempt: 1, worker: 'one' };
    const held = {
      id: leased.id,
      attempt: 1,
      failures: 0,
      session: null,
      deadlineAt: null,
      startedAt: expect.any(Number),
    };
    expect(await extendLeases(database.db, TENANT, [fence], 60_000)).toEqual(new Map([[leased.id, held]]));
    expect(await extendLeases(database.db, TENANT, [{ ...fence, attempt: 2 }], 60_000)).toEqual(new Map());
    await age(leased.id);
    expect(await extendLeases(database.db, TENANT, [fence], 60_000)).toEqual(new Map([[leased.id, held]]));
    await settle(leased, { state: 'waiting' });
    expect(await extendLeases(database.db, TENANT, [fence], 60_000)).toEqual(new Map());
  });

  it('is tried again when its pause is over, by another worker than the one that failed', async () => {
    await submit(task());
    const leased = await claimOne();
    await settle(leased, { state: 'scheduled', failure: FAILURE, dueAt: Date.now() + 60_000 });
    expect(await advanceTasks(database.db, 10)).toEqual({ due: 0, expired: 0 });
    await age(leased.id);
    expect(await advanceTasks(database.db, 10)).toEqual({ due: 1, expired: 0 });
    await sql`update tasks set due_at = clock_timestamp() where id = ${leased.id}::uuid`.execute(database.db);
    expect(await claim()).toEqual([]);
    expect(await claim({ worker: 'two' })).toMatchObject([{ id: leased.id, attempt: 2, failures: 1 }]);
  });

  it('is tried again by the worker that failed where nobody else takes it', async () => {
    await submit(task());
    const leased = await claimOne();
    await settle(leased, { state: 'scheduled', failure: FAILURE, dueAt: Date.now() });
    await age(leased.id);
    await advanceTasks(database.db, 10);
    expect(await claim()).toMatchObject([{ id: leased.id, attempt: 2 }]);
  });

  it('goes to as many workers as there are places', async () => {
    await submit(...many(3));
    const leased = await claim({ workers: ['one', 'two'] });
    expect(leased.map(({ worker }) => worker)).toEqual(['one', 'two']);
  });

  it('waits for its moment, and is dead after its deadline', async () => {
    const later = task({ dueAt: Date.now() + 60_000 });
    const late = task({ deadlineAt: Date.now() + 60_000 });
    await submit(later, late);
    expect(await claim()).toMatchObject([{ id: late.id }]);
    await age(late.id);
    await age(later.id);
    expect(await advanceTasks(database.db, 10)).toEqual({ due: 1, expired: 1 });
    expect([await state(late.id), await state(later.id)]).toEqual(['dead', 'waiting']);
  });

  it('is cancelled while it runs, and whoever has it is not heard any more', async () => {
    await submit(task());
    const leased = await claimOne();
    expect(await cancelTask(database.db, TENANT, leased.id)).toMatchObject({ state: 'cancelled' });
    expect(await cancelTask(database.db, TENANT, leased.id)).toBeNull();
    expect(await settle(leased, { state: 'succeeded', result: 1 })).toEqual(new Set());
  });

  it('is a dead letter until somebody has it tried again, on the revision that serves then', async () => {
    await submit(task());
    const leased = await claimOne();
    await settle(leased, { state: 'dead', failure: FAILURE });
    expect(await readTask(database.db, TENANT, leased.id)).toMatchObject({ state: 'dead', failure: FAILURE });
    const redrive = (generation: number) =>
      redriveTasks(database.db, TENANT, {
        ...{ queue: QUEUE, generation },
        tasks: [leased.id, randomUUID()].map((id) => ({ id, revision: V2 })),
      });
    expect(await redrive(2)).toBe('split-changed');
    expect(await redrive(1)).toEqual([leased.id]);
    expect(await redrive(1)).toEqual([]);
    expect(await claim({ revision: V2 })).toMatchObject([{ id: leased.id, attempt: 2, failures: 0 }]);
  });
});

describe('a submit', () => {
  it('is refused as a whole when the split it was dealt by is not in force', async () => {
    await putTaskSplit(database.db, TENANT, { queue: QUEUE, generation: 2, split: {} });
    expect(await submit(task())).toBe('split-changed');
    expect(await claim()).toEqual([]);
  });

  it('answers a repeated key with the first task', async () => {
    const first = task({ idempotencyKey: 'k' });
    await submit(first);
    const again = task({ idempotencyKey: 'k' });
    const other = task();
    expect(await submit(again, other, task({ idempotencyKey: 'k' }))).toEqual([
      { id: first.id, isNew: false },
      { id: other.id, isNew: true },
      { id: first.id, isNew: false },
    ]);
    expect(await claim()).toHaveLength(2);
  });

  it('takes a key once when many bring it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => submit(task({ idempotencyKey: 'same' }), task())),
    );
    const ids = answers.map((answer) => (answer === 'split-changed' ? answer : answer[0]?.id));
    expect(new Set(ids).size).toBe(1);
    expect(await claim({ limit: 100 })).toHaveLength(17);
  });

  it('twice changes nothing', async () => {
    const tasks = many(3);
    await submit(...tasks);
    await submit(...tasks);
    expect(await claim()).toHaveLength(3);
  });

  it('that has begun comes in before another split is in force, and none after', async () => {
    const story: string[] = [];
    const others = openDatabase(database.url);
    const next = { queue: QUEUE, generation: 2, split: {} };
    let replaced: Promise<unknown> = Promise.resolve();
    await database.db.transaction().execute(async (transaction) => {
      await submitTasks(transaction, TENANT, { queue: QUEUE, generation: 1, tasks: many(3) });
      replaced = putTaskSplit(others, TENANT, next).then(() => story.push('replaced'));
      await waitingForLock(database.db);
      story.push('submitted');
    });
    await replaced;
    expect(story).toEqual(['submitted', 'replaced']);
    expect(await submit(task())).toBe('split-changed');
    expect(await claim()).toHaveLength(3);
    await others.destroy();
  });
});

describe('the order', () => {
  it('serves those with little beside one with much', async () => {
    await submit(...many(100, { fairnessKey: 'much' }));
    await submit(...many(5, { fairnessKey: 'little' }));
    const keys = (await claim({ limit: 12 })).map(({ fairnessKey }) => fairnessKey);
    expect(keys.filter((key) => key === 'little')).toHaveLength(5);
  });

  it('serves what is urgent first, and keeps the order of one flow', async () => {
    await submit(...many(20));
    await submit(task({ priority: 9, input: 'urgent' }));
    const inputs = (await claim({ limit: 4 })).map(({ input }) => input);
    expect(inputs).toEqual(['urgent', { number: 0 }, { number: 1 }, { number: 2 }]);
  });

  it('gives nobody a lead who was away', async () => {
    await submit(...many(50, { fairnessKey: 'early' }));
    const last = (await claim({ limit: 50 })).at(-1);
    assert(last !== undefined, 'all of them were served');
    await advanceLine(database.db, TENANT, last);
    await submit(...many(10, { fairnessKey: 'late' }));
    await submit(...many(10, { fairnessKey: 'early' }));
    const keys = (await claim({ limit: 10 })).map(({ fairnessKey }) => fairnessKey);
    expect(keys.filter((key) => key === 'late')).toHaveLength(5);
  });

  it('leaves to others what somebody cannot do, and serves every line that they can', async () => {
    await submit(...many(40, { lane: 'gpu' }));
    const [last] = (await claim({ abilities: ['gpu'], limit: 20 })).toReversed();
    assert(last !== undefined, 'all of them were served');
    await advanceLine(database.db, TENANT, last);
    await submit(...many(5, { lane: 'gpu,web' }), ...many(5));
    expect(await claim({ abilities: ['gpu'], limit: 4 })).toHaveLength(4);
    expect((await claim({ limit: 20 })).map(({ lane }) => lane)).toEqual(['', '', '']);
    const rest = await claim({ abilities: ['web', 'gpu'], limit: 40 });
    expect(rest.filter(({ lane }) => lane === 'gpu,web')).toHaveLength(5);
  });

  it("prefers a worker's own sessions, and takes others when there are none", async () => {
    await submit(...many(5), task({ session: 'mine' }), ...many(5));
    const sessions = (await claim({ sessions: ['mine'], limit: 2 })).map(({ session }) => session);
    expect(new Set(sessions)).toEqual(new Set(['mine', null]));
  });

  it('never gives one task to two who claim at once', async () => {
    await submit(...many(300));
    const db = openDatabase(database.url);
    const claims = await Promise.all(
      Array.from({ length: 30 }, (_, number) =>
        claimTasks(db, TENANT, {
          ...{
            queue: QUEUE,
            revision: V1,
            abilities: [],
            workers: Array.from({ length: 10 }, () => `w${number}`),
            sessions: [],
            leaseMs: 60_000,
          },
        }),
      ),
    );
    await db.destroy();
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('what is old', () => {
  it('is removed: ended tasks, counted seconds, and flows that whoever comes again would begin behind', async () => {
    const now = Date.now();
    const [old, young] = [now - 100_000, now - 1_000];
    const ended = task({ id: newTaskId(old) });
    const open = task({ id: newTaskId(old + 1), fairnessKey: 'open' });
    await submit(ended, open, task({ id: newTaskId(young) }));
    const leased = (await claim()).filter(({ id }) => id !== open.id);
    for (const one of leased) await settle(one, { state: 'succeeded', result: 1 });
    await sql`update tasks set ended_at = to_timestamp(${old} / 1000.0) where id = ${ended.id}::uuid`.execute(
      database.db,
    );
    const age = { before: now - 50_000, limit: 10 };
    expect(await deleteOldTasks(database.db, age)).toBe(1);
    expect(await deleteOldTasks(database.db, age)).toBe(0);
    expect([await state(ended.id), await state(open.id)]).toEqual([undefined, 'running']);
    const second = { queue: QUEUE, revision: V1, attempts: 1, failures: 0, latency: [], counts: {} };
    const seconds = [old, young].map((at) => ({ ...second, second: Math.floor(at / 1000) * 1000 }));
    await putOutcomes(database.db, TENANT, 'one', seconds);
    expect(await deleteOldOutcomes(database.db, age)).toBe(1);
    expect(await deleteIdleFlows(database.db, 10)).toBe(0);
    const last = leased.at(-1);
    assert(last !== undefined, 'two were served');
    await advanceLine(database.db, TENANT, last);
    expect(await deleteIdleFlows(database.db, 10)).toBe(2);
  });
});

describe('a queue', () => {
  it('keeps the newest split and refuses an older order', async () => {
    const split = { weights: [{ revision: V1, basisPoints: 10_000 }] };
    const five = { queue: QUEUE, generation: 5, split };
    expect(await putTaskSplit(database.db, TENANT, five)).toEqual(five);
    expect(await putTaskSplit(database.db, TENANT, { ...five, generation: 4, split: {} })).toEqual(five);
    expect(await putTaskSplit(database.db, TENANT, { ...five, split: {} })).toEqual(five);
    expect(await taskQueue(database.db, TENANT, QUEUE)).toEqual({ ...five, moved: 0 });
    await moveTasks(database.db, TENANT, { queue: QUEUE, running: false, generation: 4 });
    expect(await taskQueue(database.db, TENANT, QUEUE)).toMatchObject({ moved: 0 });
    await moveTasks(database.db, TENANT, { queue: QUEUE, running: false, generation: 5 });
    expect(await taskQueue(database.db, TENANT, QUEUE)).toMatchObject({ moved: 5 });
    expect(await taskQueue(database.db, 'other', QUEUE)).toBeNull();
  });

  it('moves what nobody would serve any more, and what runs only where that is wanted', async () => {
    await submit(...many(3), task({ dueAt: Date.now() + 60_000 }), task({ revision: V2 }));
    const leased = await claimOne();
    const move = { queue: QUEUE, generation: 2 };
    expect(await moveTasks(database.db, TENANT, { ...move, running: true })).toBe(0);
    await serveOnly(V2);
    expect(await moveTasks(database.db, TENANT, { ...move, running: false })).toBe(3);
    expect(await claim()).toEqual([]);
    expect(await settle(leased, { state: 'waiting' })).toEqual(new Set([leased.id]));
    await claimOne();
    expect(await moveTasks(database.db, TENANT, { ...move, running: true })).toBe(1);
    expect(await settle({ ...leased, attempt: 2 }, { state: 'succeeded', result: 1 })).toEqual(new Set());
    expect(await claim({ revision: V2 })).toHaveLength(4);
    expect(await moveTasks(database.db, TENANT, { ...move, running: true })).toBe(0);
  });

  it('brings what comes back to a revision without tasks to whoever serves, whatever brings it back', async () => {
    await submit(...many(3));
    const [failed, returned, kept] = await claim({ workers: ['one', 'two', 'three'] });
    assert(failed && returned && kept, 'three were taken');
    await serveOnly(V2);
    expect(await moveStrays(database.db, 10)).toBe(0);
    await settle(failed, { state: 'scheduled', failure: FAILURE, dueAt: Date.now() - 1 });
    await settle(returned, { state: 'waiting' }, 'two');
    await advanceTasks(database.db, 10);
    expect(await moveStrays(database.db, 10)).toBe(2);
    expect(await claim({ revision: V2, workers: ['four', 'five', 'six'] })).toHaveLength(2);
    expect(await state(kept.id)).toBe('running');
  });

  it('forgets lines that nobody needs any more, and none in which something may yet wait', async () => {
    await submit(...many(1), task({ revision: V2 }));
    const lease = await claimOne();
    await serveOnly(V2);
    expect(await deleteDeadLines(database.db, 10)).toBe(0);
    await settle(lease, { state: 'waiting' });
    expect(await deleteDeadLines(database.db, 10)).toBe(0);
    await moveStrays(database.db, 10);
    expect(await deleteDeadLines(database.db, 10)).toBe(1);
    expect(await claim({ revision: V2, workers: ['one', 'two'] })).toHaveLength(2);
  });

  it('counts what has not ended and what is dead, of several queues by revision', async () => {
    await submit(...many(4), task({ revision: V2 }), task({ dueAt: Date.now() + 60_000 }));
    await settle(await claimOne(), { state: 'dead', failure: FAILURE });
    await settle(await claimOne(), { state: 'succeeded', result: 1 });
    await claimOne();
    const none = { waiting: 0, scheduled: 0, running: 0, dead: 0 };
    const oldestAt = expect.any(Number);
    expect(await countRevisions(database.db, TENANT, [QUEUE, trackId('a', 'b', 'c')])).toEqual([
      { queue: QUEUE, revision: V1, waiting: 1, scheduled: 1, running: 1, oldestAt, dead: 1 },
      { queue: QUEUE, revision: V2, ...none, waiting: 1, oldestAt },
    ]);
    const open = (limit: number) => countOpen(database.db, TENANT, { queue: QUEUE, limit });
    expect([await open(100), await open(2)]).toEqual([4, 2]);
  });

  it('counts what waits and runs, by revision', async () => {
    await submit(...many(3), task({ revision: V2 }), task({ dueAt: Date.now() + 60_000 }));
    await claimOne();
    expect(await countLines(database.db, TENANT, QUEUE)).toEqual([
      { revision: V1, lane: '', waiting: 2, scheduled: 1, running: 1, oldestAt: expect.any(Number) },
      { revision: V2, lane: '', waiting: 1, scheduled: 0, running: 0, oldestAt: expect.any(Number) },
    ]);
  });
});
