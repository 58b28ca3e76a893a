import type { Database } from '../database/open-database.ts';
import { FIRST_PREVIOUS_HASH, type LedgerContent, ledgerHash } from './ledger-hash.ts';

/** A stored entry. */
export interface LedgerEntry extends LedgerContent {
  readonly previousHash: string;
  readonly hash: string;
}

/** Which entries to list, the newest first. */
export interface LedgerPage {
  /** Lists what comes before this number; the last one of the page before. */
  readonly before?: number;
  readonly limit: number;
}

/** What became of a verification. */
export type LedgerVerdict =
  | { readonly ok: true; readonly entries: number }
  | {
      readonly ok: false;
      /** The first entry that is wrong. */
      readonly sequence: number;
      readonly reason:
        | 'an entry is missing before it'
        | 'it does not follow the entry before it'
        | 'it was changed';
    };

const COLUMNS = [
  'tenant',
  'sequence',
  'at',
  'actor',
  'action',
  'subject',
  'detail',
  'previous_hash as previousHash',
  'hash',
] as const;

const VERIFY_BATCH = 1_000;

/** A page of the ledger. */
export async function listLedger(
  db: Database,
  tenant: string,
  page: LedgerPage,
): Promise<readonly LedgerEntry[]> {
  let query = db.selectFrom('ledger').select(COLUMNS).where('tenant', '=', tenant);
  if (page.before !== undefined) query = query.where('sequence', '<', page.before);
  return query.orderBy('sequence', 'desc').limit(page.limit).execute();
}

/**
 * Recomputes the tenant's whole chain, a thousand entries at a time. Entries that were cut off at its end can only be
 * noticed by comparing the last hash with one that was noted elsewhere.
 */
export async function verifyLedger(db: Database, tenant: string): Promise<LedgerVerdict> {
  let previous = { sequence: 0, hash: FIRST_PREVIOUS_HASH };
  for (;;) {
    const entries = await entriesAfter(db, tenant, previous.sequence);
    for (const entry of entries) {
      const reason = whatIsWrong(entry, previous);
      if (reason !== undefined) return { ok: false, sequence: entry.sequence, reason };
      previous = entry;
    }
    if (entries.length < VERIFY_BATCH) return { ok: true, entries: previous.sequence };
  }
}

async function entriesAfter(db: Database, tenant: string, sequence: number): Promise<readonly LedgerEntry[]> {
  return db
    .selectFrom('ledger')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(VERIFY_BATCH)
    .execute();
}

function whatIsWrong(entry: LedgerEntry, previous: { sequence: number; hash: string }) {
  if (entry.sequence !== previous.sequence + 1) return 'an entry is missing before it';
  if (entry.previousHash !== previous.hash) return 'it does not follow the entry before it';
  return ledgerHash(previous.hash, entry) === entry.hash ? undefined : 'it was changed';
}
