import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { StoreSchema } from '../database/store-schema.ts';
import { lockLedger } from '../ledger/ledger-tree.ts';

/** An entry of an older build has the hashes of the chain, and a leaf once it is added to the tree. */
const ENTRIES = `
  alter table ledger
    alter column previous_hash drop not null,
    alter column hash drop not null,
    add column leaf_hash text,
    add column before_hash text,
    add column after_hash text,
    add column request_id text,
    add column reason text,
    add column approvals jsonb,
    add column expired_at timestamptz`;

/** The row is rewritten with every commit and finds room for its new version on its page. */
const TREES = `
  create table ledger_trees (
    tenant text not null default 'default' primary key,
    size bigint not null,
    peaks text not null
  ) with (fillfactor = 20)`;

const NODES = `
  create table ledger_nodes (
    tenant text not null default 'default',
    level smallint not null,
    index bigint not null,
    hash text not null,
    primary key (tenant, level, index)
  )`;

const HEADS = `
  create table ledger_heads (
    tenant text not null default 'default',
    size bigint not null,
    root_hash text not null,
    at timestamptz not null,
    key_id text not null,
    signature text not null,
    primary key (tenant, size, key_id)
  )`;

const KEYS = `
  create table ledger_keys (
    tenant text not null default 'default',
    key_id text not null,
    public_key text not null,
    first_at timestamptz not null,
    first_size bigint not null,
    last_size bigint not null,
    primary key (tenant, key_id)
  )`;

const HOLDS = `
  create table ledger_holds (
    tenant text not null default 'default',
    id text not null,
    reason text not null,
    placed_by text not null,
    placed_at timestamptz not null,
    from_at timestamptz,
    to_at timestamptz,
    subject text,
    released_by text,
    released_at timestamptz,
    primary key (tenant, id)
  )`;

const RULES = `
  create table ledger_rules (
    tenant text not null default 'default' primary key,
    retention_ms bigint check (retention_ms > 0),
    changed_by text not null,
    changed_at timestamptz not null
  )`;

/** As lock_journal, which replicas of the build before use meanwhile: the same lock, so that both take turns. */
const LOCK = `create function lock_ledger(of_tenant text) returns table (size bigint, peaks text, newest bigint)
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(1937468771, hashtext(of_tenant));
  return query
    select tree.size, tree.peaks, (
      select ledger.sequence from ledger where ledger.tenant = of_tenant order by ledger.sequence desc limit 1)
    from (values (1)) as always left join ledger_trees as tree on tree.tenant = of_tenant;
end $$`;

/** What comes after an entry of this build continues the older build's chain from the entry's leaf. */
const OLDER_LOCK = `create or replace function lock_journal(of_tenant text) returns table (sequence bigint, hash text)
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(1937468771, hashtext(of_tenant));
  return query
    select ledger.sequence, coalesce(ledger.hash, ledger.leaf_hash) from ledger where ledger.tenant = of_tenant
    order by ledger.sequence desc limit 1;
end $$`;

/** Two changes are left: an entry of an older build gets its leaf, and one whose time is over loses its contents. */
const RULE = `create or replace function refuse_change_of_ledger() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.leaf_hash is null and new.leaf_hash is not null
      and to_jsonb(old) - 'leaf_hash' = to_jsonb(new) - 'leaf_hash' then return new;
    end if;
    if old.expired_at is null and new.expired_at is not null and old.leaf_hash = new.leaf_hash
      and (old.tenant, old.sequence, old.at) = (new.tenant, new.sequence, new.at) and new.action = 'expired'
      and (new.actor, new.subject, new.detail) = ('', '', 'null'::jsonb) then return new;
    end if;
  end if;
  raise exception 'the ledger is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$`;

/** Reports and figures ask for a few kinds of entries out of many. */
const INDEXES = [
  'create index ledger_by_action on ledger (tenant, action, sequence)',
  'create index ledger_by_age on ledger using brin (at)',
];

/** The ledger as a Merkle tree, over whatever stands in it, and what its heads, keys and holds are kept in. */
export const ledgerTree: Migration = {
  up: async (db: Kysely<StoreSchema>) => {
    for (const statement of [
      ...[ENTRIES, TREES, NODES, HEADS, KEYS, HOLDS, RULES, LOCK, OLDER_LOCK, RULE],
      ...INDEXES,
    ]) {
      await sql.raw(statement).execute(db);
    }
    const { rows } = await sql<{ tenant: string }>`select distinct tenant from ledger`.execute(db);
    for (const { tenant } of rows) await lockLedger(db, tenant);
  },
};
