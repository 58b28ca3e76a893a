import { createHash } from 'node:crypto';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Database } from '@sluice/server/store/database/open-database.ts';
import type { NewLedgerEntry } from '@sluice/server/store/ledger/grow-ledger.ts';
import { sql } from 'kysely';

const FIRST = '0'.repeat(64);

/** The ledger as it was before it was a tree, in a table of its own, to be measured beside the present one. */
export async function openChain(db: Database): Promise<void> {
  await sql`create table chain_before (
    tenant text not null, sequence bigint not null, at timestamptz not null, actor text not null, action text not null,
    subject text not null, detail jsonb not null, previous_hash text not null, hash text not null,
    primary key (tenant, sequence))`.execute(db);
  await sql
    .raw(`create function lock_chain(of_tenant text) returns table (sequence bigint, hash text)
    language plpgsql volatile as $$
    begin
      perform pg_advisory_xact_lock(1937468772, hashtext(of_tenant));
      return query select chain.sequence, chain.hash from chain_before as chain where chain.tenant = of_tenant
        order by chain.sequence desc limit 1;
    end $$`)
    .execute(db);
}

/** Appends one entry as the chain did: two round trips, one hash. */
export async function appendChain(db: Database, tenant: string, entry: NewLedgerEntry): Promise<void> {
  const { rows } = await sql<{
    sequence: number;
    hash: string;
  }>`select sequence, hash from lock_chain(${tenant})`.execute(db);
  const { sequence, hash: previous } = rows[0] ?? { sequence: 0, hash: FIRST };
  const detail = JSON.stringify(entry.detail);
  const content = { ...entry, tenant, sequence: sequence + 1, detail: JSON.parse(detail) as unknown };
  const hash = createHash('sha256').update(previous).update(canonicalJson(content)).digest('hex');
  const { at, actor, action, subject } = entry;
  await sql`insert into chain_before (tenant, sequence, at, actor, action, subject, detail, previous_hash, hash)
    values (${tenant}, ${sequence + 1}, ${new Date(at)}, ${actor}, ${action}, ${subject}, ${detail}, ${previous}, ${hash})`.execute(
    db,
  );
}
