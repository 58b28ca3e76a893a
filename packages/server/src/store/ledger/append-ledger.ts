import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { FIRST_PREVIOUS_HASH, type LedgerContent, ledgerHash } from './ledger-hash.ts';
import { lockJournal } from './lock-journal.ts';

/** What is to be recorded; its place and its hashes are given to it. */
export type NewLedgerEntry = Omit<LedgerContent, 'tenant' | 'sequence'>;

/** Appends entries outside of a track's commit, in a transaction of their own. */
export async function recordInLedger(
  db: Database,
  tenant: string,
  entries: readonly NewLedgerEntry[],
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await lockJournal(transaction, tenant);
    await appendLedger(transaction, tenant, entries);
  });
}

/** Appends entries in the given order; only in a transaction that holds the journal's lock. */
export async function appendLedger(
  db: Database,
  tenant: string,
  entries: readonly NewLedgerEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const last = await lastLink(db, tenant);
  await db
    .insertInto('ledger')
    .values(chain(last, tenant, entries))
    .execute();
}

interface Link {
  readonly sequence: number;
  readonly hash: string;
}

async function lastLink(db: Database, tenant: string): Promise<Link> {
  const row = await db
    .selectFrom('ledger')
    .select(['sequence', 'hash'])
    .where('tenant', '=', tenant)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? { sequence: 0, hash: FIRST_PREVIOUS_HASH };
}

function chain(last: Link, tenant: string, entries: readonly NewLedgerEntry[]) {
  let previous = last;
  return entries.map((entry) => {
    const content = contentOf(tenant, previous.sequence + 1, entry);
    const row = rowOf(content, previous.hash);
    previous = { sequence: content.sequence, hash: row.hash };
    return row;
  });
}

/** The entry as it will be read back: the hash has to cover what is stored, not what was meant. */
function contentOf(tenant: string, sequence: number, entry: NewLedgerEntry): LedgerContent {
  return {
    tenant,
    sequence,
    at: Math.trunc(entry.at),
    actor: storedText(entry.actor),
    action: storedText(entry.action),
    subject: storedText(entry.subject),
    detail: JSON.parse(storedJson(entry.detail)),
  };
}

function rowOf(content: LedgerContent, previousHash: string) {
  return {
    ...content,
    at: storedInstant(content.at),
    detail: storedJson(content.detail),
    previous_hash: previousHash,
    hash: ledgerHash(previousHash, content),
  };
}
