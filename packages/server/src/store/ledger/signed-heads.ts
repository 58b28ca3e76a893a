import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A head as it is stored. */
export interface StoredHead {
  readonly tenant: string;
  readonly size: number;
  readonly rootHash: string;
  readonly at: Instant;
  readonly keyId: string;
  readonly signature: string;
}

/** A key that signed heads. */
export interface LedgerKey {
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
  /** When it signed first. */
  readonly firstAt: Instant;
  /** Sizes of the first and the last head that it signed. */
  readonly firstSize: number;
  readonly lastSize: number;
}

const HEAD = ['tenant', 'size', 'root_hash as rootHash', 'at', 'key_id as keyId', 'signature'] as const;

/** Writes a head down, and that its key signed it; a head that is there stays. */
export async function putHead(db: Database, head: StoredHead, publicKey: string): Promise<void> {
  const { tenant, size, keyId } = head;
  const at = storedInstant(head.at);
  await db
    .with('noted', (query) =>
      query
        .insertInto('ledger_keys')
        .values({
          tenant,
          key_id: keyId,
          public_key: publicKey,
          first_at: at,
          first_size: size,
          last_size: size,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['tenant', 'key_id'])
            .doUpdateSet({ last_size: sql<number>`greatest(ledger_keys.last_size, excluded.last_size)` }),
        ),
    )
    .insertInto('ledger_heads')
    .values({ tenant, size, root_hash: head.rootHash, at, key_id: keyId, signature: head.signature })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The head over the most entries; null before the first. */
export async function latestHead(db: Database, tenant: string): Promise<StoredHead | null> {
  const query = db.selectFrom('ledger_heads').select(HEAD).where('tenant', '=', tenant);
  return (await query.orderBy('size', 'desc').orderBy('at', 'desc').limit(1).executeTakeFirst()) ?? null;
}

/** Every head that is kept, the smallest first. */
export async function listHeads(db: Database, tenant: string): Promise<readonly StoredHead[]> {
  return db.selectFrom('ledger_heads').select(HEAD).where('tenant', '=', tenant).orderBy('size').execute();
}

/** The keys that signed heads, the oldest first. */
export async function listKeys(db: Database, tenant: string): Promise<readonly LedgerKey[]> {
  return db
    .selectFrom('ledger_keys')
    .select([
      'key_id as keyId',
      'public_key as publicKey',
      'first_at as firstAt',
      'first_size as firstSize',
      'last_size as lastSize',
    ])
    .where('tenant', '=', tenant)
    .orderBy('first_at')
    .orderBy('key_id')
    .execute();
}

/**
 * Thins out old heads: of those signed before the moment, only the last of each hour is kept. At most `limit` rows over all
 * tenants; says how many.
 */
export async function thinOutHeads(
  db: Database,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`delete from ledger_heads where (tenant, size, key_id) in (
    select tenant, size, key_id from (
      select tenant, size, key_id, row_number() over (
        partition by tenant, date_trunc('hour', at) order by size desc, at desc) as place
      from ledger_heads where at < ${new Date(before)}::timestamptz) as old
    where place > 1 limit ${limit})`.execute(db);
  return Number(numAffectedRows ?? 0);
}
