import { migrationOf } from './migration-of.ts';

/**
 * A line as one number, computed by the database from what names it. The index that a claim scans has entries of 16 bytes
 * then and not of four texts, and is the only one that its condition fits: where every condition on a tenant fits the
 * primary key as well, a planner that expects one row takes the one for the other, and reads all that the tenant has.
 */
const LINE =
  'hashtextextended(lane, hashtextextended(revision, hashtextextended(queue, hashtextextended(tenant, 0))))';

/**
 * A session within a line, as one number while the task waits. It names its state itself, so that the index of all that wait
 * is no choice for whoever looks for a session.
 */
const SESSION = `(case when state = 'waiting' then hashtextextended(session, line) end)`;

const STATEMENTS: readonly string[] = [
  `alter table task_lines add column id bigint not null generated always as (${LINE}) stored`,
  `alter table tasks add column line bigint not null generated always as (${LINE}) stored`,
  'drop index tasks_waiting, tasks_of_sessions, tasks_by_key',
  `create index tasks_waiting on tasks (line, tag) where state = 'waiting'`,
  `create index tasks_of_sessions on tasks (${SESSION}, tag) where ${SESSION} is not null`,
  `create unique index tasks_by_key on tasks (idempotency_key, queue, tenant) where idempotency_key is not null`,
];

/** What makes tasks quick, however many there are and whatever the planner believes of them. */
export const taskSpeed = migrationOf(STATEMENTS);
