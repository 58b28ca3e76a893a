import { migrationOf } from './migration-of.ts';

/** Freezes of every organisation at once, which whoever runs the control plane declares. */
export const systemFreezes = migrationOf([
  `create table system_freezes (
    name text not null primary key,
    environment text,
    reason text not null,
    holds text not null check (holds in ('starts', 'everything')),
    begins_at timestamptz not null,
    ends_at timestamptz,
    declared_by text not null,
    declared_at timestamptz not null default now()
  )`,
  // Every tenant reads them; only connections that belong to no tenant write them.
  `alter table system_freezes enable row level security`,
  `create policy seen_by_all on system_freezes for select using (true)`,
]);
