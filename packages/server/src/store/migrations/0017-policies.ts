import { migrationOf } from './migration-of.ts';

/**
 * Policies in all their versions; the newest is in force unless it is empty, which is what removing leaves. An outcome names
 * the version that was asked, so none is ever changed.
 */
const POLICIES = `
  create table policies (
    tenant text not null default 'default',
    name text not null,
    version integer not null,
    document json,
    is_newest boolean not null default true,
    changed_by text not null,
    changed_at timestamptz not null,
    primary key (tenant, name, version)
  )`;

/** Rules that releases have to keep to. */
export const policies = migrationOf([
  POLICIES,
  'create unique index policies_newest on policies (tenant, name) where is_newest',
]);
