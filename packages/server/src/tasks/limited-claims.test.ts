import { sql } from '../store/testing/sql.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { PATIENCE_MS } from '@sluice/core/tasks/affinity.ts';
import { type KeyLimits, type LimitsSpec, NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { type Database, openDatabase } from '../store/database/open-database.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { deleteFullBuckets, lockLimits } from '../store/tasks/limits-room.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { Dispatcher, type WorkerSession } from './dispatcher.ts';
import { withLimits } from './limited-claims.ts';
import { postgresLimitedLines } from './postgres-limited-lines.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { taskDesk } from './task-desk.ts';
import type { TaskEngine } from './task-engine.ts';
import type { TaskRequest } from './task-request.ts';
import { NO_TERMS } from './task-terms.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const database = withDatabase();
const key = (more: Partial<KeyLimits> = {}): KeyLimits => ({ ...NO_LIMITS.eachKey, ...more });

/** A server with limits for each revision; several of them share the database. */
class Server {
  readonly engine: TaskEngine;
  readonly #desk;

  constructor(
    limits: Partial<LimitsSpec>,
    { db = database.db, next = NO_LIMITS }: { db?: Database; next?: LimitsSpec } = {},
  ) {
    const terms = { ...NO_TERMS, limits: { ...NO_LIMITS, ...limits } };
    const known = (revision: string) => (revision === V1 ? terms : { ...NO_TERMS, limits: next });
    // No line of what asks for more stays unnoticed for long here.
    let elapsedMs = 0;
    this.engine = withLimits(postgresTaskEngine(db), {
      ...{ lines: postgresLimitedLines(db), elapsedMs: () => (elapsedMs += 10_000) },
      terms: { of: async (_tenant, _queue, revision) => known(revision) },
    });
    this.#desk = taskDesk({
      ...{ engine: this.engine, now: Date.now, taken: () => undefined },
      terms: {
        of: async (_tenant, _queue, revision) => known(revision),
        known: (_tenant, _queue, revision) => known(revision),
      },
    });
  }

  async submit(count: number, request: Partial<TaskRequest> = {}): Promise<readonly string[]> {
    const requests = Array.from({ length: count }, () => ({ input: null, ...request }));
    const taken = await this.#desk.submit(TENANT, QUEUE, requests);
    assert(taken.ok, JSON.stringify(taken));
    return taken.value.map(({ id }) => id);
  }

  claim(
    count: number,
    {
      abilities = [] as readonly string[],
      worker = 'one',
      revision = V1,
      sessions = [] as readonly string[],
    } = {},
  ) {
    const workers = Array.from({ length: count }, () => worker);
    return this.engine.claim(TENANT, {
      ...{ queue: QUEUE, revision, abilities, workers, sessions, leaseMs: 60_000 },
    });
  }

  async end(tasks: readonly LeasedTask[]): Promise<void> {
    const ends = tasks.map(
      ({ id, attempt, worker }) => ({ id, attempt, worker, state: 'succeeded', result: 1 }) as const,
    );
    expect((await this.engine.settle(TENANT, ends)).size).toBe(tasks.length);
  }
}

const keysOf = (tasks: readonly LeasedTask[]): readonly string[] =>
  tasks.map(({ fairnessKey }) => fairnessKey).toSorted();
const countOf = (tasks: readonly LeasedTask[], of: string): number =>
  keysOf(tasks).filter((one) => one === of).length;
const running = async (where = 'true'): Promise<number> => {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from tasks where state = 'running' and ${sql.raw(where)}`.execute(database.db);
  return rows[0]?.n ?? 0;
};

beforeEach(async () => {
  const deal = { queue: QUEUE, generation: 1, split: wholeTo(V1) };
  await postgresTaskEngine(database.db).deal(TENANT, deal);
});

describe('most at once', () => {
  it('holds for a queue, whoever asks, and a place is free when a task has ended', async () => {
    const server = new Server({ queue: { running: 3, rate: null, waiting: null } });
    await server.submit(10);
    const first = await server.claim(2);
    expect(first).toHaveLength(2);
    expect(await server.claim(5, { worker: 'two' })).toHaveLength(1);
    expect(await server.claim(5)).toEqual([]);
    await server.end(first);
    expect(await server.claim(5)).toHaveLength(2);
  });

  it('holds for each key, for those that are named instead, and holds up no other key', async () => {
    const server = new Server({
      eachKey: key({ running: 2 }),
      keys: { large: key({ running: 4 }), free: key() },
    });
    for (const name of ['small', 'large', 'free']) await server.submit(20, { fairnessKey: name });
    const leased = await server.claim(60);
    expect(['small', 'large', 'free'].map((name) => countOf(leased, name))).toEqual([2, 4, 20]);
    await server.submit(3, { fairnessKey: 'other' });
    expect(keysOf(await server.claim(60))).toEqual(['other', 'other']);
    await server.end(leased.filter(({ fairnessKey }) => fairnessKey === 'large').slice(0, 1));
    expect(keysOf(await server.claim(60))).toEqual(['large']);
  });

  it('keeps nobody behind a key without room, however much of it waits', async () => {
    const server = new Server({ eachKey: key({ running: 1 }) });
    for (let batch = 0; batch < 5; batch++) await server.submit(1_000, { fairnessKey: 'flood' });
    await server.submit(3, { fairnessKey: 'late' });
    expect(keysOf(await server.claim(10))).toEqual(['flood', 'late']);
  });

  it('gives back the place of whoever has died, once its lease has ended', async () => {
    const server = new Server({ queue: { running: 1, rate: null, waiting: null } });
    await server.submit(2);
    const [lost] = await server.claim(1);
    assert(lost !== undefined, 'one was waiting');
    await sql`update tasks set lease_until = lease_until - interval '1 hour'`.execute(database.db);
    expect(await server.claim(1)).toEqual([]);
    const { overdue } = await server.engine.advance(10);
    const ends = overdue.map((task) => ({ ...task, state: 'waiting' }) as const);
    await server.engine.settle(TENANT, ends, { isOverdue: true });
    expect(await server.claim(5, { worker: 'two' })).toHaveLength(1);
  });

  it('is kept of tasks that came without lines of their own, too', async () => {
    await new Server({}).submit(10, { fairnessKey: 'a' });
    await new Server({}).submit(10, { fairnessKey: 'b' });
    const server = new Server({ eachKey: key({ running: 2 }) });
    expect(keysOf(await server.claim(20))).toEqual(['a', 'a', 'b', 'b']);
  });

  describe('over servers with connections of their own', () => {
    const others: Database[] = [];
    beforeAll(() => {
      for (let one = 0; one < 3; one++) others.push(openDatabase(database.url));
    });
    afterAll(() => Promise.all(others.map((db) => db.destroy())));

    it('is never exceeded, while all claim and end at the same time', async () => {
      const limits = { queue: { running: 7, rate: null, waiting: null }, eachKey: key({ running: 3 }) };
      const servers = others.map((db) => new Server(limits, { db }));
      for (const name of ['a', 'b', 'c', 'd']) await servers[0]?.submit(30, { fairnessKey: name });
      let left = 120;
      let most = 0;
      /** Whoever has tasks ends them when it has been given others. */
      const work = async (server: Server, worker: string): Promise<void> => {
        let held: readonly LeasedTask[] = [];
        while (left > 0 || held.length > 0) {
          const tasks = await server.claim(2, { worker });
          const { rows } = await sql<{ all: number; key: number }>`
            select coalesce(sum(many), 0)::int as all, coalesce(max(many), 0)::int as key from (
              select count(*) as many from tasks where state = 'running' group by fairness_key) as counted`.execute(
            database.db,
          );
          most = Math.max(most, rows[0]?.all ?? 0);
          expect(rows[0]?.all).toBeLessThanOrEqual(7);
          expect(rows[0]?.key).toBeLessThanOrEqual(3);
          left -= tasks.length;
          await server.end(held);
          held = tasks;
        }
      };
      await Promise.all(servers.flatMap((server, at) => [work(server, `${at}a`), work(server, `${at}b`)]));
      expect(left).toBe(0);
      expect(most).toBe(7);
    });
  });
});

describe('workers of two servers', () => {
  const limits = { queue: { running: 6, rate: null, waiting: null }, eachKey: key({ running: 2 }) };

  it('have never more at once than limits allow, and come to the end of everything', async () => {
    const servers = [new Server(limits), new Server(limits)];
    const dispatchers = servers.map(
      ({ engine }) => new Dispatcher({ engine, leaseMs: 30_000, log: { warn: () => undefined } }),
    );
    const busy = new Map<string, number>();
    const [seen, done] = [{ all: 0, key: 0 }, new Set<string>()];
    for (const [at, dispatcher] of dispatchers.entries())
      for (let nth = 0; nth < 4; nth++) {
        const worker = `${at} ${nth}`;
        const hello = { tenant: TENANT, worker, queue: QUEUE, revision: V1, abilities: [] };
        const session: WorkerSession = dispatcher.connect(hello, {
          revoke: () => undefined,
          assign: (task) => {
            busy.set(task.fairnessKey, (busy.get(task.fairnessKey) ?? 0) + 1);
            seen.all = Math.max(
              seen.all,
              [...busy.values()].reduce((sum, many) => sum + many, 0),
            );
            seen.key = Math.max(seen.key, ...busy.values());
            setImmediate(() => {
              busy.set(task.fairnessKey, (busy.get(task.fairnessKey) ?? 0) - 1);
              void servers[at]?.end([task]).then(() => {
                done.add(task.id);
                session.release(task);
                session.want(1);
              });
            });
          },
        });
        session.want(3);
      }
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      ids.push(...((await servers[0]?.submit(20, { fairnessKey: name })) ?? []));
    for (const dispatcher of dispatchers) dispatcher.wakeAll();
    await vi.waitFor(() => expect(done.size).toBe(ids.length), { timeout: 60_000, interval: 20 });
    expect(seen.all).toBeLessThanOrEqual(6);
    expect(seen.key).toBeLessThanOrEqual(2);
    for (const dispatcher of dispatchers) dispatcher.close();
  });

  it('go on when one dies in the middle of a claim', async () => {
    const server = new Server(limits);
    await server.submit(5, { fairnessKey: 'a' });
    const dying = openDatabase(database.url);
    const locked = Promise.withResolvers<number>();
    const claim = dying.transaction().execute(async (transaction) => {
      await lockLimits(transaction, TENANT, QUEUE);
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      locked.resolve(rows[0]?.pid ?? 0);
      await sql`select pg_sleep(60)`.execute(transaction);
    });
    const others = server.claim(5);
    await sql`select pg_terminate_backend(${await locked.promise})`.execute(database.db);
    await expect(claim).rejects.toThrow();
    expect(await others).toHaveLength(2);
    await dying.destroy();
  });
});

describe('a rate', () => {
  const age = (ms: number) =>
    sql`update task_buckets set filled_at = filled_at - ${ms} * interval '1 millisecond'`.execute(
      database.db,
    );

  it('lets a second of it begin at once, and then what time brings, over all claims', async () => {
    const server = new Server({
      queue: { running: null, rate: { tasks: 300, perMs: 60_000 }, waiting: null },
    });
    await server.submit(50);
    expect(await server.claim(50)).toHaveLength(5);
    expect((await server.claim(50)).length).toBeLessThanOrEqual(1);
    await age(600);
    const more = (await server.claim(50)).length;
    expect([3, 4, 5]).toContain(more);
    await age(60_000);
    expect(await server.claim(50)).toHaveLength(5);
  });

  it('of one key holds up no other', async () => {
    const server = new Server({ keys: { slow: key({ rate: { tasks: 1, perMs: 3_600_000 } }) } });
    await server.submit(5, { fairnessKey: 'slow' });
    await server.submit(5, { fairnessKey: 'quick' });
    const leased = await server.claim(20);
    expect([countOf(leased, 'slow'), countOf(leased, 'quick')]).toEqual([1, 5]);
    expect(await server.claim(20)).toEqual([]);
    await age(3_600_000);
    expect(keysOf(await server.claim(20))).toEqual(['slow']);
  });
});

it('buckets of keys that nobody has taken from for a day are forgotten, as they are full', async () => {
  const server = new Server({ eachKey: key({ rate: { tasks: 1, perMs: 86_400_000 } }) });
  for (const name of ['old', 'young']) await server.submit(1, { fairnessKey: name });
  expect(await server.claim(5)).toHaveLength(2);
  expect(await deleteFullBuckets(database.db, 10)).toBe(0);
  await sql`update task_buckets set filled_at = filled_at - interval '26 hours' where scope = 'key old'`.execute(
    database.db,
  );
  expect(await deleteFullBuckets(database.db, 10)).toBe(1);
});

describe('the order', () => {
  it('gives keys their shares by weight, one task at a time and many at once', async () => {
    const server = new Server({
      eachKey: key({ running: 1_000 }),
      keys: { heavy: key({ weight: 3, running: 1_000 }) },
    });
    for (const name of ['heavy', 'light', 'other']) await server.submit(300, { fairnessKey: name });
    const many: LeasedTask[] = [];
    for (let turn = 0; turn < 5; turn++) many.push(...(await server.claim(20)));
    expect(Math.abs(countOf(many, 'heavy') - 60)).toBeLessThanOrEqual(3);
    const single: LeasedTask[] = [];
    for (let turn = 0; turn < 100; turn++) single.push(...(await server.claim(1)));
    expect(Math.abs(countOf(single, 'heavy') - 60)).toBeLessThanOrEqual(3);
    expect(Math.abs(countOf(single, 'light') - 20)).toBeLessThanOrEqual(2);
  });

  it('starves nobody: the least priority of one key beside a flood of the highest of another', async () => {
    const server = new Server({ eachKey: key({ running: 1_000 }) });
    await server.submit(1, { fairnessKey: 'patient', priority: 0 });
    await server.submit(800, { fairnessKey: 'urgent', priority: 9 });
    let turns = 0;
    for (; turns < 30; turns++) {
      const leased = await server.claim(30);
      if (countOf(leased, 'patient') > 0) break;
    }
    // After 32 steps of virtual time, in each of which the flood gets 16.
    expect(turns * 30).toBeGreaterThan(400);
    expect(turns * 30).toBeLessThanOrEqual(540);
  });

  it.each([9, 5, 0])(
    'starves no line beside a flood of priority %s in another one, one task at a time',
    async (priority) => {
      const server = new Server({});
      await server.submit(300, { priority });
      await server.claim(20);
      await server.submit(3, { abilities: ['gpu'] });
      const lanes: string[] = [];
      for (let turn = 0; turn < 60; turn++)
        lanes.push(...(await server.claim(1, { abilities: ['gpu'] })).map(({ lane }) => lane));
      const found = lanes.flatMap((lane, at) => (lane === 'gpu' ? at : []));
      // Each of its tasks is worth as much as 16 of the highest, and 1 of the usual priority.
      expect(found).toHaveLength(3);
      expect(found[0]).toBeLessThanOrEqual(priority === 9 ? 17 : 2);
    },
  );

  it('lets those go first who can do what others cannot, when they come at last', async () => {
    const server = new Server({});
    await server.submit(100, { abilities: ['gpu'] });
    await server.submit(100);
    for (let turn = 0; turn < 5; turn++) await server.claim(10);
    expect((await server.claim(20, { abilities: ['gpu'] })).map(({ lane }) => lane)).toEqual(
      Array.from({ length: 20 }, () => 'gpu'),
    );
  });

  it('lets an urgent task of a key that was idle pass what waits', async () => {
    const server = new Server({ eachKey: key({ running: 1_000 }) });
    await server.submit(100, { fairnessKey: 'busy' });
    await server.claim(20);
    await server.submit(5, { fairnessKey: 'slow', priority: 1 });
    await server.submit(1, { fairnessKey: 'urgent', priority: 9 });
    expect(keysOf(await server.claim(1))).toEqual(['urgent']);
    expect(keysOf(await server.claim(5))).toEqual(Array.from({ length: 5 }, () => 'busy'));
  });
});

describe('labels', () => {
  const server = () => new Server({});

  it('that are required keep a task for those who have them', async () => {
    await server().submit(2, { affinity: { require: ['zone=eu'] }, abilities: ['web'] });
    expect(await server().claim(5, { abilities: ['web', 'zone=us'] })).toEqual([]);
    expect(await server().claim(5, { abilities: ['zone=eu', 'web', 'disk=ssd'] })).toHaveLength(2);
  });

  it('that are preferred, or avoided, keep it for a moment', async () => {
    await server().submit(1, { affinity: { prefer: ['data=orders'] } });
    await server().submit(1, { affinity: { avoid: ['spot=yes'] } });
    expect(await server().claim(5, { abilities: ['spot=yes'] })).toEqual([]);
    expect(await server().claim(1, { abilities: ['data=orders', 'spot=yes'] })).toHaveLength(1);
    await sql`update tasks set created_at = created_at - ${PATIENCE_MS} * interval '1 millisecond'`.execute(
      database.db,
    );
    expect(await server().claim(5, { abilities: ['spot=yes'] })).toHaveLength(1);
  });

  it('keep a task from the worker that had another one', async () => {
    const [author] = await server().submit(1);
    expect(await server().claim(1, { worker: 'author' })).toHaveLength(1);
    await server().submit(1, { affinity: { apartFrom: author ?? '' } });
    expect(await server().claim(1, { worker: 'author' })).toEqual([]);
    expect(await server().claim(1, { worker: 'reader' })).toHaveLength(1);
  });

  it('go with a task to a revision without limits', async () => {
    const limited = new Server({ eachKey: key({ running: 1 }) });
    await limited.submit(5, { fairnessKey: 'acme' });
    await sql`update task_lines set revision = ${V2}`.execute(database.db);
    await sql`update tasks set revision = ${V2}`.execute(database.db);
    expect(await limited.claim(10, { revision: V2 })).toHaveLength(5);
    expect(await running('is_limited')).toBe(0);
  });

  it("leave a worker's own sessions first", async () => {
    await server().submit(5, { affinity: { prefer: ['zone=eu'] } });
    await server().submit(1, { affinity: { prefer: ['zone=eu'] }, session: 'mine' });
    const [first] = await server().claim(1, { abilities: ['zone=eu'], sessions: ['mine'] });
    expect(first?.session).toBe('mine');
  });
});

it('asks nothing of revisions without limits and without lines of their own', async () => {
  const server = new Server({});
  await server.submit(3);
  expect(await server.claim(5)).toHaveLength(3);
  expect(await running('is_limited')).toBe(0);
  const { rows } = await sql`select 1 from task_buckets`.execute(database.db);
  expect(rows).toEqual([]);
});
