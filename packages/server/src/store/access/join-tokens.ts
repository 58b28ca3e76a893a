import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** A join token as it is stored; what it is shown as is not. */
export interface JoinTokenRow {
  readonly tenant: string;
  readonly id: string;
  /** Whose workers join with it. */
  readonly track: string;
  readonly uses: number;
  readonly usesLeft: number;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

const COLUMNS = sql.raw(`tenant, id, track, uses, uses_left as "usesLeft", created_by as "createdBy",
  created_at as "createdAt", expires_at as "expiresAt"`);
/** Those that nobody can use any more are seen for so long, in ms. */
const SEEN_AFTER_MS = 30 * 86_400_000;

/** Writes a join token down, and who made it; those that ended long ago are forgotten. */
export async function addJoinToken(
  db: Database,
  { tenant, id, track, uses, ...token }: Omit<JoinTokenRow, 'usesLeft'> & { readonly digest: Buffer },
  entry: NewLedgerEntry,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { createdAt: at } = token;
    await sql`
      delete from join_tokens
      where tenant = ${tenant} and expires_at < ${timestamp(at - SEEN_AFTER_MS)}`.execute(transaction);
    await sql`
      insert into join_tokens (tenant, id, digest, track, uses, uses_left, created_by, created_at, expires_at)
      values (${tenant}, ${id}, ${token.digest}, ${track}, ${uses}, ${uses}, ${storedText(token.createdBy)},
        ${timestamp(at)}, ${timestamp(token.expiresAt)})`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
  });
}

/** A join token with its digest by its id, whoever's it is. */
export async function findJoinToken(
  db: Database,
  id: string,
): Promise<(JoinTokenRow & { readonly digest: Buffer }) | undefined> {
  const { rows } = await sql<JoinTokenRow & { readonly digest: Buffer }>`
    select ${COLUMNS}, digest from join_tokens where id = ${id} and revoked_at is null`.execute(db);
  return rows[0];
}

/** Uses a join token once; false when it has ended. Of many at once no more are told true than it has uses. */
export async function useJoinToken(
  transaction: Database,
  { tenant, id }: Pick<JoinTokenRow, 'tenant' | 'id'>,
  at: Instant,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update join_tokens set uses_left = uses_left - 1
    where tenant = ${tenant} and id = ${id} and revoked_at is null and uses_left > 0
      and expires_at > ${timestamp(at)}`.execute(transaction);
  return numAffectedRows > 0n;
}

/** Join tokens that are not revoked, the newest first, after an id where one is given. */
export async function listJoinTokens(
  db: Database,
  tenant: string,
  { after = null, limit, of = null }: { after?: string | null; limit: number; of?: string | null },
): Promise<readonly JoinTokenRow[]> {
  const { rows } = await sql<JoinTokenRow>`
    select ${COLUMNS} from join_tokens
    where tenant = ${tenant} and revoked_at is null
      and (${of}::text is null or created_by = ${of})
      and (${after}::text is null or (created_at, id) < (
        select created_at, id from join_tokens where tenant = ${tenant} and id = ${after}))
    order by created_at desc, id desc limit ${limit}`.execute(db);
  return rows;
}

/** Revokes a join token, and writes down who did it; undefined when there is none. Who has joined stays. */
export async function revokeJoinToken(
  db: Database,
  tenant: string,
  id: string,
  entry: NewLedgerEntry,
): Promise<JoinTokenRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<JoinTokenRow>`
      update join_tokens set revoked_at = ${timestamp(entry.at)}
      where tenant = ${tenant} and id = ${id} and revoked_at is null returning ${COLUMNS}`.execute(
      transaction,
    );
    if (rows[0]) await appendLedger(transaction, tenant, [entry]);
    return rows[0];
  });
}
