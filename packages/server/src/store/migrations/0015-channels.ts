import { migrationOf } from './migration-of.ts';

/** Where notices go. `settings` holds references to secrets and never a secret. `rest_until` is for a receiver that is out. */
const CHANNELS = `
  create table channels (
    tenant text not null default 'default',
    name text not null,
    settings jsonb not null,
    disabled_reason text,
    failures integer not null default 0,
    rest_until timestamptz,
    delivered_at timestamptz,
    failed_at timestamptz,
    failure text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant, name)
  )`;

/** Who wants to hear what. The window of its throttle moves with the cursor, in the same transaction. */
const SUBSCRIPTIONS = `
  create table subscriptions (
    tenant text not null default 'default',
    name text not null,
    channel text not null,
    filter jsonb not null,
    throttle jsonb,
    throttle_window jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant, name),
    foreign key (tenant, channel) references channels (tenant, name)
  )`;

/** How far the journals of a tenant have been turned into deliveries. `origin` names this installation in its events. */
const CURSORS = `
  create table notify_cursors (
    tenant text not null default 'default',
    origin uuid not null default gen_random_uuid(),
    events_sequence bigint not null,
    ledger_sequence bigint not null,
    primary key (tenant)
  )`;

/**
 * The outbox: what is to be told, or was. A lane (of a rollout) is told in the order of `sequence`. `taken_until` is the lease of who
 * tells it now.
 */
const DELIVERIES = `
  create table deliveries (
    tenant text not null default 'default',
    id uuid not null default gen_random_uuid(),
    sequence bigint not null generated always as identity,
    channel text not null,
    subscription text,
    event text not null,
    lane text not null,
    kind text not null,
    severity text not null,
    notice json not null,
    state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
    attempts integer not null default 0,
    due_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    taken_until timestamptz,
    reference text,
    failure text,
    created_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    primary key (tenant, id),
    foreign key (tenant, channel) references channels (tenant, name) on delete cascade,
    unique (tenant, channel, event)
  ) with (fillfactor = 70)`;

const STATEMENTS: readonly string[] = [
  CHANNELS,
  SUBSCRIPTIONS,
  CURSORS,
  DELIVERIES,
  `create index deliveries_due on deliveries (tenant, channel, due_at) where state = 'waiting'`,
  // What waits before another of its lane, and what the first of a lane was called by its receiver.
  `create index deliveries_lanes on deliveries (tenant, channel, lane, sequence)`,
  `create index deliveries_listed on deliveries (tenant, sequence)`,
  `create index deliveries_ended on deliveries (finished_at) where state <> 'waiting'`,
  `create index subscriptions_channel on subscriptions (tenant, channel)`,
];

/** Channels, subscriptions, and the outbox. */
export const channels = migrationOf(STATEMENTS);
