import { migrationOf } from './migration-of.ts';

/** A queue is the track of a component of agents; its split says to which revision a new task goes. */
const TASK_QUEUES = `
  create table task_queues (
    tenant text not null default 'default',
    id text not null,
    generation bigint not null,
    split json not null,
    updated_at timestamptz not null default now(),
    primary key (tenant, id)
  ) with (fillfactor = 50)`;

/** A line is what one claim scans: tasks of one revision that ask for the same abilities. */
const TASK_LINES = `
  create table task_lines (
    tenant text not null default 'default',
    queue text not null,
    revision text not null,
    lane text not null,
    served double precision not null default 0,
    primary key (tenant, queue, revision, lane)
  ) with (fillfactor = 50)`;

/** Where each flow of a line stands in virtual time. One that is behind what was served may be forgotten. */
const TASK_FLOWS = `
  create table task_flows (
    tenant text not null default 'default',
    queue text not null,
    revision text not null,
    lane text not null,
    fairness_key text not null,
    priority smallint not null check (priority between 0 and 9),
    last double precision not null,
    primary key (tenant, queue, revision, lane, fairness_key, priority)
  ) with (fillfactor = 50)`;

/**
 * A row is written three times as a rule: submitted, leased, ended. What it carries is opaque text, as nothing here looks
 * inside. Pages keep room for the later versions of a row.
 */
const TASKS = `
  create table tasks (
    tenant text not null default 'default',
    id uuid not null,
    queue text not null,
    revision text not null,
    lane text not null default '',
    state text not null check (state in ('blocked', 'scheduled', 'waiting', 'running', 'succeeded', 'dead', 'cancelled')),
    tag double precision not null,
    priority smallint not null check (priority between 0 and 9),
    fairness_key text not null default '',
    session text,
    attempt integer not null default 0,
    failures integer not null default 0,
    due_at timestamptz,
    deadline_at timestamptz,
    lease_until timestamptz,
    worker text,
    avoid text,
    idempotency_key text,
    input json not null,
    result json,
    failure json,
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    ended_at timestamptz,
    primary key (tenant, id),
    constraint tasks_lease_is_whole check ((state = 'running') = (lease_until is not null)),
    constraint tasks_end_is_told check ((state in ('succeeded', 'dead', 'cancelled')) = (ended_at is not null)),
    constraint tasks_moment_is_told check (state <> 'scheduled' or due_at is not null)
  ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)`;

/** The columns of equality stand first and the order last, so that a claim needs neither statistics nor a sort. */
const TASK_INDEXES = [
  `create index tasks_waiting on tasks (tenant, queue, revision, lane, tag) where state = 'waiting'`,
  `create index tasks_of_sessions on tasks (tenant, queue, revision, session, tag)
    where state = 'waiting' and session is not null`,
  `create index tasks_due on tasks (due_at) where state = 'scheduled'`,
  `create index tasks_leased on tasks (lease_until) where state = 'running'`,
  `create index tasks_with_deadline on tasks (deadline_at) where deadline_at is not null and ended_at is null`,
  `create index tasks_dead on tasks (tenant, queue, id) where state = 'dead'`,
  `create unique index tasks_by_key on tasks (tenant, queue, idempotency_key) where idempotency_key is not null`,
];

/** What came of attempts, by second: evidence for the judge. A server writes rows of its own, so that none waits. */
const TASK_OUTCOMES = `
  create table task_outcomes (
    tenant text not null default 'default',
    queue text not null,
    second timestamptz not null,
    revision text not null,
    holder text not null,
    attempts integer not null,
    failures integer not null,
    latency json not null,
    counts json not null,
    primary key (tenant, queue, second, revision, holder)
  )`;

const STATEMENTS = [TASK_QUEUES, TASK_LINES, TASK_FLOWS, TASKS, ...TASK_INDEXES, TASK_OUTCOMES];

/** Tasks of agents, what orders them, and what came of them. */
export const tasks = migrationOf(STATEMENTS);
