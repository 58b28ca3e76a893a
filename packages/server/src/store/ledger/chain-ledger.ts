import type { Insertable } from 'kysely';
import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { LedgerTable } from '../database/store-schema.ts';
import { type LedgerContent, ledgerHash } from './ledger-hash.ts';

/** What is to be recorded; its place and its hashes are given to it. */
export type NewLedgerEntry = Omit<LedgerContent, 'tenant' | 'sequence'>;

/** The end of a chain. */
export interface LedgerLink {
  readonly sequence: number;
  readonly hash: string;
}

/** The rows that continue a chain after its last link. */
export function chainLedger(
  last: LedgerLink,
  tenant: string,
  entries: readonly NewLedgerEntry[],
): readonly Insertable<LedgerTable>[] {
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

function rowOf(content: LedgerContent, previousHash: string): Insertable<LedgerTable> {
  return {
    ...content,
    at: storedInstant(content.at),
    detail: storedJson(content.detail),
    previous_hash: previousHash,
    hash: ledgerHash(previousHash, content),
  };
}
