import type { LedgerContent } from '@sluice/core/ledger/ledger-entry.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { contentOf, ENTRY_COLUMNS, type LedgerRow } from './ledger-row.ts';

/** A stored entry. */
export interface LedgerEntry extends LedgerContent {
  /** The hash of its leaf; null only until an entry of an older build is added to the tree. */
  readonly leafHash: string | null;
  /** When its contents were removed, as their time was over; only its hash is left then. */
  readonly expiredAt: Instant | null;
}

/** Which entries are wanted. */
export interface LedgerFilter {
  /** At or after. */
  readonly from?: Instant | undefined;
  /** Before. */
  readonly to?: Instant | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** One of these. */
  readonly actions?: readonly string[] | undefined;
  readonly subject?: string | undefined;
}

/** Which entries to list, the newest first. */
export interface LedgerPage extends LedgerFilter {
  /** Lists what comes before this number; the last one of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A portion of the ledger, the oldest first. */
export interface LedgerPortion extends LedgerFilter {
  /** Gives what comes after this number. */
  readonly after: number;
  readonly limit: number;
}

/** A page of the ledger. */
export async function listLedger(
  db: Database,
  tenant: string,
  page: LedgerPage,
): Promise<readonly LedgerEntry[]> {
  let query = filtered(db, tenant, page);
  if (page.before !== undefined) query = query.where('sequence', '<', page.before);
  const rows = await query.orderBy('sequence', 'desc').limit(page.limit).execute();
  return rows.map(entryOf);
}

/** A portion of the ledger as it is stored. */
export async function entriesAfter(
  db: Database,
  tenant: string,
  portion: LedgerPortion,
): Promise<readonly LedgerRow[]> {
  return filtered(db, tenant, portion)
    .where('sequence', '>', portion.after)
    .orderBy('sequence')
    .limit(portion.limit)
    .execute();
}

/** One entry; null when there is none with that number. */
export async function readEntry(db: Database, tenant: string, sequence: number): Promise<LedgerEntry | null> {
  const row = await filtered(db, tenant, {}).where('sequence', '=', sequence).executeTakeFirst();
  return row === undefined ? null : entryOf(row);
}

/** A row as an entry. */
export const entryOf = (row: LedgerRow): LedgerEntry => ({
  ...contentOf(row),
  leafHash: row.leaf_hash,
  expiredAt: row.expired_at,
});

function filtered(db: Database, tenant: string, { from, to, actor, action, actions, subject }: LedgerFilter) {
  let query = db.selectFrom('ledger').select(ENTRY_COLUMNS).where('tenant', '=', tenant);
  if (from !== undefined) query = query.where('at', '>=', timestamp(from));
  if (to !== undefined) query = query.where('at', '<', timestamp(to));
  if (actor !== undefined) query = query.where('actor', '=', actor);
  if (action !== undefined) query = query.where('action', '=', action);
  if (actions !== undefined) query = query.where('action', 'in', actions);
  if (subject !== undefined) query = query.where('subject', '=', subject);
  return query;
}
