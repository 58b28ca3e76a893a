import { type Frontier, growTree, type TreeNode } from '@sluice/core/ledger/frontier.ts';
import type { LedgerNote } from '@sluice/core/ledger/ledger-entry.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import type { Insertable } from 'kysely';
import { actingNow } from '../../ledger/acting.ts';
import type { LedgerTable } from '../database/store-schema.ts';
import { leafOf, rowOf, storedContent } from './ledger-row.ts';

/** What is to be recorded; its place and its hash are given to it, and the id of the request that it is part of. */
export type NewLedgerEntry = LedgerNote;

/** What has to be written to add entries. */
export interface LedgerGrowth {
  readonly rows: readonly Insertable<LedgerTable>[];
  readonly frontier: Frontier;
  readonly tiles: readonly TreeNode[];
}

/** The rows that continue a ledger, and its tree with them. */
export function growLedger(from: Frontier, tenant: string, entries: readonly NewLedgerEntry[]): LedgerGrowth {
  const requestId = actingNow()?.requestId;
  const leaves = entries.map((entry, at) => {
    const note = entry.requestId === undefined ? { ...entry, requestId } : entry;
    const content = storedContent(tenant, from.size + 1 + at, note);
    return { content, leafHash: leafOf(content) };
  });
  const hashes = leaves.map(({ leafHash }) => leafHash);
  return { rows: leaves.map(rowOf), ...growTree(SHA256_TREE, from, hashes) };
}
