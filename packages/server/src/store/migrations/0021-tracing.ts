import { migrationOf } from './migration-of.ts';

/** How far the events of a tenant have been sent as traces. */
export const tracing = migrationOf([
  `create table trace_cursors (
    tenant text not null default 'default' primary key,
    last_sequence bigint not null,
    moved_at timestamptz not null default clock_timestamp()
  )`,
]);
