import { migrationOf } from './migration-of.ts';

/** Workers elsewhere: what they join with, who they are then, and who vouches for them. */
export const joining = migrationOf([
  `create table join_tokens (
    tenant text not null,
    id text not null unique,
    digest bytea not null,
    track text not null,
    uses int not null check (uses > 0),
    uses_left int not null check (uses_left >= 0),
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (tenant, id)
  )`,
  `create table worker_identities (
    tenant text not null,
    id text not null unique,
    track text not null,
    name text not null,
    kind text not null check (kind in ('certificate', 'token')),
    join_token text not null,
    joined_at timestamptz not null,
    renewed_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (tenant, id)
  )`,
  // Of the whole control plane, whose tenant is default: its private key is sealed as secrets are.
  `create table worker_authorities (
    tenant text not null primary key,
    certificate text not null,
    key_id text not null,
    wrapped_key text not null,
    sealed text not null,
    made_at timestamptz not null
  )`,
]);
