import { migrationOf } from './migration-of.ts';

/**
 * Pages of tracks are filled by two thirds only: a row is rewritten at every commit and claim, and finds room for its new
 * version on the same page, so that indexes on columns that did not change need not be touched.
 *
 * What a look brings is rewritten every second and the rest of a track seldom, so that evidence stands in a column of its
 * own: PostgreSQL leaves a large value alone that an update does not name. Both are json instead of jsonb, because
 * hardly anything looks inside: taking text in as it is costs the database less than half of the time of a commit.
 */
const TRACKS = `
  create table tracks (
    tenant text not null default 'default',
    id text not null,
    application text not null,
    environment text not null,
    component text not null,
    state json not null,
    evidence json,
    version bigint not null check (version > 0),
    next_wake_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant, id),
    constraint tracks_claim_is_whole check ((claimed_by is null) = (claimed_until is null))
  ) with (fillfactor = 66)`;

const ROLLOUTS = `
  create table rollouts (
    tenant text not null default 'default',
    id text not null,
    track_id text not null,
    number bigint not null,
    version_label text not null,
    candidate text not null,
    stable text,
    strategy text not null,
    phase text not null,
    outcome text,
    requested_by text not null,
    requested_at timestamptz not null,
    finished_at timestamptz,
    state jsonb not null,
    primary key (tenant, id),
    foreign key (tenant, track_id) references tracks (tenant, id)
  ) with (fillfactor = 80)`;

const REVISIONS = `
  create table revisions (
    tenant text not null default 'default',
    track_id text not null,
    id text not null,
    version_label text not null,
    spec jsonb not null,
    created_at timestamptz not null,
    primary key (tenant, track_id, id),
    foreign key (tenant, track_id) references tracks (tenant, id)
  )`;

const EVENTS = `
  create table events (
    tenant text not null default 'default',
    sequence bigint generated always as identity,
    track_id text not null,
    rollout_id text,
    at timestamptz not null,
    kind text not null,
    body jsonb not null,
    primary key (tenant, sequence)
  )`;

const LEDGER = `
  create table ledger (
    tenant text not null default 'default',
    sequence bigint not null check (sequence > 0),
    at timestamptz not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail jsonb not null,
    previous_hash text not null,
    hash text not null,
    primary key (tenant, sequence)
  )`;

const EFFECTS = `
  create table effects (
    tenant text not null default 'default',
    id text not null,
    track_id text not null,
    generation bigint not null,
    kind text not null,
    body jsonb not null,
    ordered_at timestamptz not null,
    primary key (tenant, id)
  )`;

const TRAFFIC_MINUTES = `
  create table traffic_minutes (
    tenant text not null default 'default',
    track_id text not null,
    revision text not null,
    minute timestamptz not null,
    requests bigint not null,
    errors bigint not null,
    seconds integer not null,
    sum_errors_squared double precision not null,
    primary key (tenant, track_id, revision, minute)
  ) with (fillfactor = 80)`;

const IDEMPOTENCY_KEYS = `
  create table idempotency_keys (
    tenant text not null default 'default',
    key text not null,
    request_hash text not null,
    status integer,
    response jsonb,
    created_at timestamptz not null,
    primary key (tenant, key)
  )`;

/** Duties of the installation, so without a tenant. */
const LEASES = `
  create table leases (
    name text primary key,
    holder text not null,
    until timestamptz not null
  )`;

/**
 * Events and effects have block ranges by age: rows arrive in the order of time, and only retention asks so. Rollouts
 * that have not ended are few among all, and counted whenever somebody reads the figures.
 */
const INDEXES = [
  'create index tracks_due on tracks (next_wake_at) where next_wake_at is not null',
  'create unique index rollouts_by_track on rollouts (tenant, track_id, number desc)',
  'create index rollouts_by_request on rollouts (tenant, requested_at desc, id desc)',
  'create index rollouts_under_way on rollouts (phase) where finished_at is null',
  'create index events_by_track on events (tenant, track_id, sequence)',
  'create index events_by_rollout on events (tenant, rollout_id, sequence) where rollout_id is not null',
  'create index events_by_age on events using brin (at)',
  'create index effects_by_age on effects using brin (ordered_at)',
  'create index effects_by_track on effects (tenant, track_id, generation)',
  'create index traffic_minutes_by_age on traffic_minutes (minute)',
  'create index idempotency_keys_by_age on idempotency_keys (created_at)',
];

/**
 * Takes the journal's lock and returns the last link of the chain in one round trip, as everybody else waits meanwhile.
 * The second statement sees what was committed while the first one waited, which a single statement would not.
 */
const JOURNAL_LOCK = `create function lock_journal(of_tenant text) returns table (sequence bigint, hash text)
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(1937468771, hashtext(of_tenant));
  return query
    select ledger.sequence, ledger.hash from ledger where ledger.tenant = of_tenant
    order by ledger.sequence desc limit 1;
end $$`;

const LEDGER_RULE = [
  `create function refuse_change_of_ledger() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$`,
  `create trigger ledger_is_append_only before update or delete on ledger
    for each row execute function refuse_change_of_ledger()`,
  `create trigger ledger_is_not_truncated before truncate on ledger
    for each statement execute function refuse_change_of_ledger()`,
];

const STATEMENTS = [
  TRACKS,
  ROLLOUTS,
  REVISIONS,
  EVENTS,
  LEDGER,
  EFFECTS,
  TRAFFIC_MINUTES,
  IDEMPOTENCY_KEYS,
  LEASES,
  'create sequence rollout_numbers',
  ...INDEXES,
  JOURNAL_LOCK,
  ...LEDGER_RULE,
];

/** Tracks and what belongs to them, the ledger, and what the API needs. */
export const firstTables = migrationOf(STATEMENTS);
