import { migrationOf } from './migration-of.ts';

/** Who may do what. Of tokens only digests are kept: what lets in is shown once, to whoever made it. */
export const access = migrationOf([
  `create table organisations (
    tenant text primary key,
    name text not null,
    created_at timestamptz not null default now()
  )`,
  `insert into organisations (tenant, name) values ('default', 'Default')`,
  `create table projects (
    tenant text not null,
    name text not null,
    created_at timestamptz not null default now(),
    primary key (tenant, name)
  )`,
  // An application that stands in no row is in the project \`default\`.
  `create table applications (
    tenant text not null,
    application text not null,
    project text not null,
    primary key (tenant, application)
  )`,
  `create table custom_roles (
    tenant text not null,
    name text not null,
    permissions text[] not null,
    primary key (tenant, name)
  )`,
  `create table members (
    tenant text not null,
    subject text not null,
    name text not null,
    email text,
    groups text[] not null default '{}',
    added_at timestamptz not null default now(),
    last_seen_at timestamptz,
    primary key (tenant, subject)
  )`,
  // Of persons, groups and workloads: \`person:…\`, \`group:…\`, \`workload:…\`.
  `create table role_bindings (
    tenant text not null,
    subject text not null,
    role text not null,
    project text not null default '*',
    environment text not null default '*',
    added_by text not null,
    added_at timestamptz not null default now(),
    primary key (tenant, subject, role, project, environment)
  )`,
  `create table tokens (
    tenant text not null,
    id text not null unique,
    name text not null,
    digest bytea not null,
    roles jsonb not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant, id)
  )`,
  `create unique index tokens_by_name on tokens (tenant, name) where revoked_at is null`,
]);
