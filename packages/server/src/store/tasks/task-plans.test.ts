/**
 * How many rows the statements about tasks touch: a few for each task that they are about, however many there are, and
 * whatever the planner believes of the table. Time would tell less, and something else on a busy machine.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { Database } from '../database/open-database.ts';
import { withDatabase } from '../testing/with-database.ts';
import { advanceTasks, overdueTasks } from './advance-tasks.ts';
import { claimTasks, type LeasedTask, type TaskClaim } from './claim-tasks.ts';
import { extendLeases, settleTasks } from './settle-tasks.ts';
import { type NewTask, submitTasks } from './submit-tasks.ts';
import { putTaskSplit } from './task-queues.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const REVISION = revisionId('agent-1');
const LINE = { queue: QUEUE, revision: REVISION };
/** So many that reading all of them is not to be mistaken for anything else. */
const MANY = 8_000;
const BATCH = 500;
const database = withDatabase();

const task = (number: number): NewTask => ({
  ...{
    id: randomUUID(),
    revision: REVISION,
    lane: number % 3 === 0 ? 'gpu' : '',
    priority: 4 + (number % 3),
  },
  ...{
    fairnessKey: `key ${number % 20}`,
    weight: 2 ** ((number % 3) - 1),
    session: `session ${number % 100}`,
  },
  ...{ dueAt: null, deadlineAt: number % 2 === 0 ? Date.now() + 3_600_000 : null },
  ...{ idempotencyKey: number % 5 === 0 ? randomUUID() : null, input: { number } },
});
const tasks = (count: number): readonly NewTask[] =>
  Array.from({ length: count }, (_, number) => task(number));
const submit = (db: Database, count: number, tenant = TENANT) =>
  submitTasks(db, tenant, { queue: QUEUE, generation: 1, tasks: tasks(count) });
const claim = (db: Database, limit: number, more: Partial<TaskClaim> = {}, tenant = TENANT) =>
  claimTasks(db, tenant, {
    ...{ ...LINE, abilities: ['gpu'], sessions: [], leaseMs: 60_000 },
    workers: Array.from({ length: limit }, () => 'one'),
    ...more,
  });
const succeeded = ({ id, attempt, worker }: LeasedTask) =>
  ({ id, attempt, worker, state: 'succeeded', result: 1 }) as const;

/** Rows of a table that this connection has looked at lately, by an index or without one. */
async function lookedAt(db: Database, table: string): Promise<number> {
  const { rows } = await sql<{ readonly looked: number }>`
    select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as looked
    from pg_stat_xact_user_tables where relname = ${table}`.execute(db);
  const looked = rows[0]?.looked;
  assert(looked !== undefined, `PostgreSQL counts what is read of ${table}`);
  return looked;
}

/** Rows of a table that a statement looks at. */
const touched = (table: string, run: (db: Database) => Promise<unknown>): Promise<number> =>
  database.db.transaction().execute(async (transaction) => {
    const before = await lookedAt(transaction, table);
    await run(transaction);
    return (await lookedAt(transaction, table)) - before;
  });

/** Thousands of tasks wait, as many have ended, and some run. */
async function fill(tenant = TENANT): Promise<void> {
  await putTaskSplit(database.db, tenant, { queue: QUEUE, generation: 1, split: {} });
  for (let left = MANY; left > 0; left -= BATCH) await submit(database.db, BATCH, tenant);
  for (let left = MANY / 2; left > 0; left -= BATCH) {
    const leased = await claim(database.db, BATCH, {}, tenant);
    await settleTasks(database.db, tenant, leased.map(succeeded));
  }
  await claim(database.db, BATCH, {}, tenant);
}
const analyse = (): Promise<unknown> => sql`analyze tasks`.execute(database.db);

/** How the table came to be what it is, and what the planner has seen of it. */
const STORIES: Readonly<Record<string, () => Promise<void>>> = {
  'has seen nothing of it': () => fill(),
  'has seen it when all had been removed': async () => {
    await fill();
    await sql`delete from tasks`.execute(database.db);
    await analyse();
    await fill();
  },
  'has seen it when there was only another tenant': async () => {
    await fill('other');
    await analyse();
    await fill();
  },
  'has seen it when nothing waited': async () => {
    await fill();
    await sql`update tasks set state = 'succeeded', lease_until = null, ended_at = now()`.execute(
      database.db,
    );
    await analyse();
    await fill();
  },
  'has seen it as it is': async () => {
    await fill();
    await analyse();
  },
};

describe.each(Object.entries(STORIES))('where the planner %s', (_, story) => {
  beforeEach(async () => {
    await sql`alter table tasks set (autovacuum_enabled = off)`.execute(database.db);
    await story();
  });

  it('what is claimed, ended, held and taken in is all that is looked at', async () => {
    for (const limit of [1, 100, 500]) {
      const sessions = Array.from({ length: 32 }, (_nothing, number) => `session ${number}`);
      const leased = await claim(database.db, limit);
      // Of each of the two lines as many as are wanted.
      expect(await touched('tasks', (db) => claim(db, limit))).toBeLessThanOrEqual(2 * limit);
      expect(await touched('tasks', (db) => claim(db, limit, { sessions }))).toBeLessThanOrEqual(
        3 * limit + 32,
      );
      expect(await touched('tasks', (db) => extendLeases(db, TENANT, leased, 60_000))).toBe(limit);
      expect(await touched('tasks', (db) => settleTasks(db, TENANT, leased.map(succeeded)))).toBe(limit);
      expect(await touched('tasks', (db) => submit(db, limit))).toBe(0);
      expect(await touched('task_flows', (db) => submit(db, limit))).toBeLessThanOrEqual(60);
    }
  });

  it('what time has moved is all that is looked at', async () => {
    const late = sql`select id from tasks where state = 'waiting' limit 5`;
    await sql`update tasks set deadline_at = now() where id in (${late})`.execute(database.db);
    const lost = sql`select id from tasks where state = 'running' limit 5`;
    await sql`update tasks set lease_until = now() where id in (${lost})`.execute(database.db);
    expect(await touched('tasks', (db) => advanceTasks(db, 500))).toBeLessThanOrEqual(5);
    expect(await touched('tasks', (db) => overdueTasks(db, 500))).toBeLessThanOrEqual(5);
  });
});
