import { migrationOf } from './migration-of.ts';

/**
 * Secrets that Sluice keeps itself, sealed: the value by a data key, the data key by a key that is not in the database. What
 * is sealed names its tenant, name and version, so that a row moved elsewhere does not open. A version that was removed, or
 * is no longer kept, has neither.
 */
const SECRETS = `
  create table secrets (
    tenant text not null default 'default',
    name text not null,
    version integer not null,
    sealed text,
    key_id text,
    wrapped_key text,
    is_newest boolean not null default true,
    changed_by text not null,
    changed_at timestamptz not null,
    primary key (tenant, name, version),
    check ((sealed is null) = (wrapped_key is null) and (sealed is null) = (key_id is null))
  )`;

/** Secrets that are kept encrypted. */
export const secrets = migrationOf([
  SECRETS,
  'create unique index secrets_newest on secrets (tenant, name) where is_newest',
]);
