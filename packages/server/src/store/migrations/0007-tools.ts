import { migrationOf } from './migration-of.ts';

/** A version of a tool; never changed, only removed. */
const TOOLS = `
  create table tools (
    tenant text not null default 'default',
    name text not null,
    version text not null,
    definition json not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant, name, version)
  )`;

/**
 * Every call of a tool: the record for people, and the memory by which a call that is repeated is answered and not made
 * again. A call that runs belongs to its holder until its lease ends; after that it is made again only where that does no harm.
 */
const TOOL_CALLS = `
  create table tool_calls (
    tenant text not null default 'default',
    task_id uuid not null,
    call text not null,
    id uuid not null,
    attempt integer not null,
    queue text not null,
    revision text not null,
    worker text not null,
    name text not null,
    tool text,
    version text,
    digest text not null,
    arguments text not null,
    state text not null check (state in ('running', 'succeeded', 'failed', 'refused', 'unknown')),
    tries integer not null default 0,
    may_repeat boolean not null,
    holder text not null,
    lease_until timestamptz,
    result json,
    failure json,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    primary key (tenant, task_id, call),
    constraint tool_calls_lease_is_whole check ((state = 'running') = (lease_until is not null))
  ) with (fillfactor = 80)`;

/** What hooks said, one row for each time that one was asked. */
const HOOK_FIRINGS = `
  create table hook_firings (
    tenant text not null default 'default',
    id uuid not null,
    queue text not null,
    revision text not null,
    hook text not null,
    moment text not null,
    session text,
    task_id uuid,
    attempt integer,
    tool text,
    is_allowed boolean not null,
    has_failed boolean not null,
    message text not null,
    duration_ms integer not null,
    primary key (tenant, id)
  )`;

/** Sessions of components whose hooks want to know of their beginning or end; gone when a session has ended. */
const HOOK_SESSIONS = `
  create table hook_sessions (
    tenant text not null default 'default',
    queue text not null,
    session text not null,
    revision text not null,
    begun_at timestamptz not null default clock_timestamp(),
    last_at timestamptz not null default clock_timestamp(),
    primary key (tenant, queue, session)
  ) with (fillfactor = 70)`;

const INDEXES = [
  'create index tool_calls_by_time on tool_calls (tenant, id)',
  `create index tool_calls_held on tool_calls (holder) where state = 'running'`,
  'create index hook_firings_of_tasks on hook_firings (tenant, task_id) where task_id is not null',
  'create index hook_sessions_by_time on hook_sessions (last_at)',
];

const STATEMENTS: readonly string[] = [TOOLS, TOOL_CALLS, HOOK_FIRINGS, HOOK_SESSIONS, ...INDEXES];

/** Tools that agents may call, what they called, and who was asked before. */
export const tools = migrationOf(STATEMENTS);
