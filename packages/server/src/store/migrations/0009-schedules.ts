import { migrationOf } from './migration-of.ts';

/**
 * A schedule, and how far it has come: `planned_at` is the next moment that nobody has acted on, `held_at` one that waits for
 * the task of the one before. `taken_until` keeps two servers from doing the same work; it is no lock, as a moment makes one
 * task whoever acts on it.
 */
const SCHEDULES = `
  create table schedules (
    tenant text not null default 'default',
    queue text not null,
    name text not null,
    origin text not null check (origin in ('file', 'api')),
    spec json not null,
    is_paused boolean not null default false,
    planned_at timestamptz,
    held_at timestamptz,
    fired_at timestamptz,
    task uuid,
    failure text,
    taken_until timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant, queue, name)
  )`;

/** What a rate limit has left. The row of a queue (scope '') is also what claims of a limited queue wait for each other at. */
const TASK_BUCKETS = `
  create table task_buckets (
    tenant text not null default 'default',
    queue text not null,
    scope text not null,
    tokens double precision not null default 0,
    filled_at timestamptz,
    primary key (tenant, queue, scope)
  ) with (fillfactor = 50)`;

const STATEMENTS: readonly string[] = [
  SCHEDULES,
  `create index schedules_due on schedules ((coalesce(held_at, planned_at))) where not is_paused`,
  TASK_BUCKETS,
  // Counted among what runs within limits; nobody else pays for the index.
  `alter table tasks add column is_limited boolean not null default false`,
  `create index tasks_within_limits on tasks (tenant, queue, fairness_key) where state = 'running' and is_limited`,
  // The worker of this task is not to have it.
  `alter table tasks add column apart_from uuid`,
  // What is added to the tags of a line to compare them with those of other lines of its revision; null while it is empty.
  `alter table task_lines add column shift double precision`,
];

/** Tasks that come by the clock, and limits of queues. */
export const schedules = migrationOf(STATEMENTS);
