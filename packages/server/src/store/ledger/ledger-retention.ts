import { randomUUID } from 'node:crypto';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { REMOVAL_ACTION } from '@sluice/core/ledger/removed-contents.ts';
import { sql } from 'kysely';
import { storedInstant, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import { lockLedger } from './ledger-tree.ts';

/** What must not be removed whatever its age. */
export interface LedgerHold {
  readonly id: string;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: Instant;
  /** Entries at or after. */
  readonly from: Instant | null;
  /** Entries before. */
  readonly to: Instant | null;
  /** Entries on this alone. */
  readonly subject: string | null;
}

/** How long contents of entries are kept. */
export interface LedgerRule {
  /** Null: for ever. */
  readonly keptMs: number | null;
  readonly changedBy: string;
  readonly changedAt: Instant;
}

/** Who does something to the retention, and when. */
export interface RetentionAct {
  readonly by: string;
  readonly at: Instant;
}

const HOLD = [
  ...(['id', 'reason', 'subject', 'placed_by as placedBy'] as const),
  ...(['placed_at as placedAt', 'from_at as from', 'to_at as to'] as const),
] as const;

/** The holds in force, the oldest first. */
export async function listHolds(db: Database, tenant: string): Promise<readonly LedgerHold[]> {
  const query = db.selectFrom('ledger_holds').select(HOLD).where('tenant', '=', tenant);
  return query.where('released_at', 'is', null).orderBy('placed_at').orderBy('id').execute();
}

/** Places a hold, which is an entry itself. */
export async function placeHold(
  db: Database,
  tenant: string,
  wish: Pick<LedgerHold, 'reason' | 'from' | 'to' | 'subject'> & RetentionAct,
): Promise<LedgerHold> {
  const { from, to } = wish;
  const [reason, by] = [storedText(wish.reason), storedText(wish.by)];
  const subject = wish.subject === null ? null : storedText(wish.subject);
  const hold = { id: randomUUID(), reason, placedBy: by, placedAt: wish.at, from, to, subject };
  await db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('ledger_holds')
      .values({
        ...{ tenant, id: hold.id, reason, placed_by: by, placed_at: storedInstant(wish.at), subject },
        ...{ from_at: storedInstant(from), to_at: storedInstant(to) },
      })
      .execute();
    const detail = { from, to, subject };
    await appendLedger(transaction, tenant, [
      { at: wish.at, actor: by, action: 'legalHoldPlaced', subject: hold.id, detail, reason },
    ]);
  });
  return hold;
}

/** Ends a hold, which is an entry as well; null when none with that id is in force. */
export async function releaseHold(
  db: Database,
  tenant: string,
  { id, by, at }: RetentionAct & { readonly id: string },
): Promise<LedgerHold | null> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('ledger_holds')
      .set({ released_by: storedText(by), released_at: sql<Instant>`${new Date(at)}::timestamptz` })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('released_at', 'is', null)
      .returning(HOLD)
      .executeTakeFirst();
    if (row === undefined) return null;
    await appendLedger(transaction, tenant, [
      { at, actor: by, action: 'legalHoldReleased', subject: id, detail: { reason: row.reason } },
    ]);
    return row;
  });
}

/** How long contents are kept; null when nobody has said so, which is for ever. */
export async function readRule(db: Database, tenant: string): Promise<LedgerRule | null> {
  const row = await db
    .selectFrom('ledger_rules')
    .select(['retention_ms as keptMs', 'changed_by as changedBy', 'changed_at as changedAt'])
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row ?? null;
}

/** Sets how long contents are kept, which is an entry. */
export async function writeRule(
  db: Database,
  tenant: string,
  { keptMs, by, at }: RetentionAct & { readonly keptMs: number | null },
): Promise<void> {
  const row = { retention_ms: keptMs, changed_by: storedText(by), changed_at: storedInstant(at) };
  await db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('ledger_rules')
      .values({ tenant, ...row })
      .onConflict((conflict) => conflict.column('tenant').doUpdateSet(row))
      .execute();
    await appendLedger(transaction, tenant, [
      { at, actor: by, action: 'ledgerRetentionSet', subject: 'ledger', detail: { keptMs } },
    ]);
  });
}

/** Tenants whose contents are not kept for ever, and how long they are. */
export async function listRules(
  db: Database,
): Promise<readonly { readonly tenant: string; readonly keptMs: number }[]> {
  const rows = await db
    .selectFrom('ledger_rules')
    .select(['tenant', 'retention_ms as keptMs'])
    .where('retention_ms', 'is not', null)
    .execute();
  return rows.map(({ tenant, keptMs }) => ({ tenant, keptMs: keptMs ?? 0 }));
}

/** How many entries have lost their contents. */
export async function countExpired(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly count: number }>`
    select count(*) as count from ledger where tenant = ${tenant} and action = 'expired' and expired_at is not null`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/**
 * Removes the contents of at most `limit` entries of before a moment that no hold covers, and writes down that it did. Their
 * hashes stay, so that everything that was proven stays proven; and so does what was written down of earlier removals.
 * @returns how many
 */
export async function expireEntries(
  db: Database,
  tenant: string,
  { before, limit, at }: { readonly before: Instant; readonly limit: number; readonly at: Instant },
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    // A hold that somebody places in this moment comes first, and is seen, or after what is removed here.
    await lockLedger(transaction, tenant);
    const { rows } = await sql<{ readonly sequence: number }>`update ledger set
        actor = '', action = 'expired', subject = '', detail = 'null', before_hash = null, after_hash = null,
        request_id = null, reason = null, approvals = null, previous_hash = null, hash = null,
        expired_at = ${new Date(at)}::timestamptz
      where tenant = ${tenant} and sequence in (
        select sequence from ledger as entry
        where tenant = ${tenant} and entry.at < ${new Date(before)}::timestamptz
          and expired_at is null and leaf_hash is not null and entry.action <> ${REMOVAL_ACTION}
          and not exists (
            select from ledger_holds as hold
            where hold.tenant = ${tenant} and hold.released_at is null
              and (hold.from_at is null or entry.at >= hold.from_at)
              and (hold.to_at is null or entry.at < hold.to_at)
              and (hold.subject is null or entry.subject = hold.subject or entry.detail->>'track' = hold.subject))
        order by sequence limit ${limit})
      returning sequence`.execute(transaction);
    if (rows.length === 0) return 0;
    const sequences = rows.map(({ sequence }) => sequence);
    const detail = { entries: rows.length, first: Math.min(...sequences), last: Math.max(...sequences) };
    await appendLedger(transaction, tenant, [
      { at, actor: 'retention', action: REMOVAL_ACTION, subject: 'ledger', detail: { ...detail, before } },
    ]);
    return rows.length;
  });
}
