import { migrationOf } from './migration-of.ts';

/** How people and jobs are let in. Of whatever lets in only digests are kept. */
export const signIn = migrationOf([
  // Null: the token is itself, `token:<name>`. A person: it acts with that person's present roles.
  `alter table tokens add column acts_as text`,
  // What the job showed that a token of a workload was given to; null for all others.
  `alter table tokens add column shown jsonb`,
  // By which the identity provider knows the person, so that an address that goes to somebody else does not.
  `alter table members add column issuer text`,
  `alter table members add column issuer_subject text`,
  `create table sessions (
    tenant text not null,
    id text not null unique,
    digest bytea not null,
    subject text not null,
    token_id text,
    id_token text,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (tenant, id)
  )`,
  `create index sessions_by_subject on sessions (tenant, subject)`,
  // Of `sluice login`: what the browser brings back to the command line, once.
  `create table login_codes (
    tenant text not null,
    digest bytea not null unique,
    subject text not null,
    challenge text not null,
    expires_at timestamptz not null,
    primary key (tenant, digest)
  )`,
  `create table trusts (
    tenant text not null,
    name text not null,
    issuer text not null,
    audience text not null,
    claims jsonb not null,
    roles jsonb not null,
    added_by text not null,
    added_at timestamptz not null default now(),
    primary key (tenant, name)
  )`,
  // ID tokens that were exchanged, until they expire: each is good for one exchange.
  `create table seen_assertions (
    tenant text not null,
    digest bytea not null,
    expires_at timestamptz not null,
    primary key (tenant, digest)
  )`,
  // Failed logins, by address and by account; one that succeeds removes them.
  `create table failed_logins (
    tenant text not null,
    key text not null,
    failures int not null,
    last_at timestamptz not null,
    primary key (tenant, key)
  )`,
]);
