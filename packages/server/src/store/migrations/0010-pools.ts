import { migrationOf } from './migration-of.ts';

const STATEMENTS: readonly string[] = [
  // What the one server that decides has decided of a revision. `applied` is the sequence that the host has confirmed.
  `create table pools (
    tenant text not null,
    queue text not null,
    revision text not null,
    sequence bigint not null,
    applied bigint not null default 0,
    plan json not null,
    decided_at timestamptz not null default now(),
    primary key (tenant, queue, revision)
  )`,
  // Who is connected to which server. A server writes rows of its own; those of one that is gone are too old to count.
  `create table pool_rosters (
    tenant text not null,
    holder text not null,
    queue text not null,
    revision text not null,
    workers json not null,
    seen_at timestamptz not null default now(),
    primary key (tenant, holder, queue, revision)
  )`,
  // Places that the tasks of a track needed, by stretches of five minutes: the sum of the looks, and how many there were.
  `create table pool_history (
    tenant text not null,
    queue text not null,
    bucket timestamptz not null,
    places double precision not null,
    looks int not null,
    primary key (tenant, queue, bucket)
  )`,
];

/** How many workers there are to be. */
export const pools = migrationOf(STATEMENTS);
