import { migrationOf } from './migration-of.ts';

/** Where something holds: null means everywhere. */
const SCOPE = 'project text, application text, environment text, component text';

/** What keeps releases from going out, beside what their own files say. */
export const gates = migrationOf([
  `create table freezes (
    tenant text not null,
    name text not null,
    ${SCOPE},
    reason text not null,
    holds text not null check (holds in ('starts', 'everything')),
    begins_at timestamptz not null,
    ends_at timestamptz,
    declared_by text not null,
    declared_at timestamptz not null default now(),
    primary key (tenant, name)
  )`,
  // Minutes after midnight on the wall clock of the zone; days as in ISO 8601, 1 is Monday.
  `create table release_windows (
    tenant text not null,
    name text not null,
    ${SCOPE},
    effect text not null check (effect in ('allow', 'deny')),
    days int[] not null,
    from_minute int not null,
    to_minute int not null,
    zone text not null,
    under_way text not null check (under_way in ('hold', 'finish')),
    declared_by text not null,
    declared_at timestamptz not null default now(),
    primary key (tenant, name)
  )`,
  `create table approval_rules (
    tenant text not null,
    name text not null,
    ${SCOPE},
    needed int not null check (needed between 1 and 20),
    voters text[] not null,
    self_approval text not null check (self_approval in ('refused', 'allowed')),
    expires_ms bigint not null,
    declared_by text not null,
    declared_at timestamptz not null default now(),
    primary key (tenant, name)
  )`,
  // Of all revisions of a track; error budgets reach further than minutes are kept.
  `create table traffic_hours (
    tenant text not null,
    track_id text not null,
    hour timestamptz not null,
    requests bigint not null,
    errors bigint not null,
    primary key (tenant, track_id, hour)
  )`,
  `create index traffic_hours_by_age on traffic_hours (hour)`,
]);
