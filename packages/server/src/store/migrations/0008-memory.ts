import { migrationOf } from './migration-of.ts';

/** Where an entry belongs: to a session of an agent, to an agent (no session), or to the tenant (no queue either). */
const PLACE = `
    tenant text not null default 'default',
    queue text not null default '',
    session text not null default ''`;

/** How much a scope holds; its row is locked by whoever writes, so that a limit is never exceeded. */
const MEMORY_SCOPES = `
  create table memory_scopes (${PLACE},
    keys integer not null default 0,
    bytes bigint not null default 0,
    primary key (tenant, queue, session)
  ) with (fillfactor = 50)`;

/** Versions are never given twice, so that a key that was forgotten and written again is not taken for the old one. */
const MEMORY_VERSIONS = 'create sequence memory_versions';

/** A key holds either a value or lines. */
const MEMORY_KEYS = `
  create table memory_keys (${PLACE},
    key text not null,
    version bigint not null,
    value json,
    lines bigint not null default 0,
    bytes bigint not null,
    embedding real[],
    words tsvector not null default '',
    expires_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    primary key (tenant, queue, session, key),
    constraint memory_keys_hold_one_kind check ((value is null) = (lines > 0))
  )`;

const MEMORY_LINES = `
  create table memory_lines (${PLACE},
    key text not null,
    sequence bigint not null,
    value json not null,
    embedding real[],
    words tsvector not null default '',
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant, queue, session, key, sequence),
    foreign key (tenant, queue, session, key) references memory_keys on delete cascade
  )`;

const MEMORY_INDEXES = [
  'create index memory_keys_expiring on memory_keys (expires_at) where expires_at is not null',
  'create index memory_keys_words on memory_keys using gin (words)',
  'create index memory_lines_words on memory_lines using gin (words)',
];

/** Named by its content. Its chunks are those of the upload that brought it first. */
const PAYLOADS = `
  create table payloads (
    tenant text not null default 'default',
    id text not null,
    upload uuid not null,
    bytes bigint not null,
    media_type text not null,
    created_at timestamptz not null default clock_timestamp(),
    used_at timestamptz not null default clock_timestamp(),
    primary key (tenant, id)
  )`;

const PAYLOAD_CHUNKS = `
  create table payload_chunks (
    tenant text not null default 'default',
    upload uuid not null,
    place integer not null,
    chunk bytea not null,
    primary key (tenant, upload, place)
  )`;

/** What is compressed as a rule gains nothing from a second attempt at it, and bytes are read as they were written. */
const PAYLOAD_STORAGE = 'alter table payload_chunks alter column chunk set storage external';

/** Tasks whose input or result a payload is; it is written before the task, and may name one that never came in. */
const PAYLOAD_USES = `
  create table payload_uses (
    tenant text not null default 'default',
    payload text not null,
    task uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant, payload, task),
    foreign key (tenant, payload) references payloads
  )`;

const REGISTERED_AGENTS = `
  create table registered_agents (
    tenant text not null default 'default',
    id text not null,
    name text not null,
    category text not null,
    capabilities json not null,
    configuration json not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant, id)
  )`;

/** The latest of each task. */
const TASK_CHECKPOINTS = `
  create table task_checkpoints (
    tenant text not null default 'default',
    task uuid not null,
    attempt integer not null,
    value json not null,
    saved_at timestamptz not null default clock_timestamp(),
    primary key (tenant, task)
  ) with (fillfactor = 70)`;

/** What workers tell while they work. Rows come in the order of time and leave in it, which an index by blocks follows. */
const TASK_EVENTS = `
  create table task_events (
    tenant text not null default 'default',
    task uuid not null,
    sequence bigint not null generated always as identity,
    attempt integer not null,
    at timestamptz not null,
    kind text not null,
    body json not null,
    primary key (tenant, task, sequence)
  )`;
const TASK_EVENTS_BY_TIME = 'create index task_events_by_time on task_events using brin (at)';

const CANCEL_REASON = 'alter table tasks add column cancel_reason text';

const STATEMENTS: readonly string[] = [
  ...[MEMORY_SCOPES, MEMORY_VERSIONS, MEMORY_KEYS, MEMORY_LINES, ...MEMORY_INDEXES],
  ...[PAYLOADS, PAYLOAD_CHUNKS, PAYLOAD_STORAGE, PAYLOAD_USES],
  ...[REGISTERED_AGENTS, TASK_CHECKPOINTS, TASK_EVENTS, TASK_EVENTS_BY_TIME, CANCEL_REASON],
];

/** What agents remember, larger payloads, what workers tell, and agents that are not delivered by releases. */
export const memory = migrationOf(STATEMENTS);
