import { EMPTY_FRONTIER, type Frontier, growTree, rootOf } from '@sluice/core/ledger/frontier.ts';
import { isBlank, RemovedContents } from '@sluice/core/ledger/removed-contents.ts';
import type { TreeRoot } from '@sluice/core/ledger/verify-proofs.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import type { Database } from '../database/open-database.ts';
import { chainHashOf, contentOf, leafOf, type LedgerRow } from './ledger-row.ts';
import { readTree } from './ledger-tree.ts';
import { entriesAfter } from './read-ledger.ts';

/** A root that was known once, and who knows it. */
export interface KnownRoot extends TreeRoot {
  /** In words: `the head signed by 1a2b at …`, `the host of this machine`. */
  readonly from: string;
}

/** What is wrong with a ledger, and where it begins. */
export interface LedgerFault {
  /** The first entry that is wrong, or after which entries are missing. */
  readonly sequence: number;
  readonly problem: string;
}

/** What a verification found. */
export interface LedgerVerdict {
  /** Entries that were read. */
  readonly entries: number;
  /** Those of which nothing but the hash is left, as their time was over. */
  readonly expired: number;
  /** Known roots that the ledger was compared with. */
  readonly compared: number;
  /** The tree over what is stored now. */
  readonly tree: TreeRoot;
  readonly fault: LedgerFault | null;
}

const BATCH = 5_000;

/**
 * Recomputes the tenant's whole tree out of its entries, a portion at a time, and compares it with the leaves and the tree
 * that are stored, and with every root that was known. Whoever changed entries and wrote everything anew that follows from
 * them is found by a root that was known before.
 */
export async function verifyLedger(
  db: Database,
  tenant: string,
  known: readonly KnownRoot[] = [],
): Promise<LedgerVerdict> {
  const stored = await readTree(db, tenant);
  const tree = { size: stored.size, rootHash: rootOf(SHA256_TREE, stored), from: 'the tree that is stored' };
  const walk = new Walk([...known, tree]);
  let coming = entriesAfter(db, tenant, { after: 0, limit: BATCH });
  for (;;) {
    const rows = await coming;
    const isLast = rows.length < BATCH;
    // The database reads the next portion while this one is hashed.
    if (!isLast) coming = entriesAfter(db, tenant, { after: rows.at(-1)?.sequence ?? 0, limit: BATCH });
    walk.add(rows);
    if (!isLast && walk.fault !== null) await coming;
    if (isLast || walk.fault !== null) return walk.end();
  }
}

/** One pass over a ledger. */
class Walk {
  fault: LedgerFault | null = null;
  #frontier: Frontier = EMPTY_FRONTIER;
  /** Leaves that were read and are not in the tree yet. */
  #pending: string[] = [];
  #expired = 0;
  #compared = 0;
  /** The size of the last root that was known and is right. */
  #proven = 0;
  /** What a chain would go on from. */
  #end: string | null = null;
  readonly #roots: readonly KnownRoot[];
  readonly #removed = new RemovedContents();

  constructor(roots: readonly KnownRoot[]) {
    this.#roots = roots.filter(({ size }) => size > 0).toSorted((a, b) => a.size - b.size);
  }

  get entries(): number {
    return this.#frontier.size + this.#pending.length;
  }

  add(rows: readonly LedgerRow[]): void {
    for (const row of rows) {
      const problem = this.#problemOf(row);
      if (problem !== null) {
        // What comes before it may be wrong as well, if its hash was made to fit.
        this.#grow();
        this.fault ??= { sequence: row.sequence, problem };
      }
      if (this.fault !== null) return;
      this.#take(row);
    }
    this.#grow();
  }

  end(): LedgerVerdict {
    this.fault ??= this.#cutOff() ?? this.#removed.fault();
    const tree = { size: this.#frontier.size, rootHash: rootOf(SHA256_TREE, this.#frontier) };
    return {
      ...{ entries: tree.size, expired: this.#expired, compared: this.#compared },
      ...{ tree, fault: this.fault },
    };
  }

  #take(row: LedgerRow): void {
    if (row.expired_at === null) this.#removed.kept(row);
    else this.#removed.removed(row.sequence);
    if (row.expired_at !== null) this.#expired++;
    const leaf = row.leaf_hash ?? leafOf(contentOf(row));
    this.#pending.push(leaf);
    // What an entry of the chain was hashed over is gone with its contents.
    this.#end = row.expired_at === null ? (row.hash ?? leaf) : null;
    if (this.#roots[this.#compared]?.size === this.entries) this.#compare();
  }

  #grow(): void {
    this.#frontier = growTree(SHA256_TREE, this.#frontier, this.#pending).frontier;
    this.#pending = [];
  }

  #problemOf(row: LedgerRow): string | null {
    if (row.sequence !== this.entries + 1) return 'an entry is missing before it';
    const content = contentOf(row);
    if (row.expired_at !== null && !isBlank(content))
      return 'it says something, and its contents were removed';
    if (row.expired_at !== null) return row.leaf_hash === null ? 'its hash was removed' : null;
    if (content.chain !== undefined) {
      const { previous, hash } = content.chain;
      if (this.#end !== null && previous !== this.#end) return 'it does not follow the entry before it';
      if (chainHashOf(content, previous) !== hash) return 'it was changed';
    }
    return row.leaf_hash === null || row.leaf_hash === leafOf(content) ? null : 'it was changed';
  }

  #compare(): void {
    this.#grow();
    const rootHash = rootOf(SHA256_TREE, this.#frontier);
    while (this.#roots[this.#compared]?.size === this.#frontier.size) {
      const known = this.#roots[this.#compared] as KnownRoot;
      if (known.rootHash !== rootHash) return this.#contradict(known);
      this.#compared++;
    }
    this.#proven = this.#frontier.size;
  }

  #contradict({ size, from }: KnownRoot): void {
    const sequence = this.#proven + 1;
    const which = sequence === size ? 'it is' : `it, or one up to ${size}, is`;
    this.fault = { sequence, problem: `${which} not what ${from} was made over` };
  }

  #cutOff(): LedgerFault | null {
    const beyond = this.#roots.at(-1);
    if (beyond === undefined || beyond.size <= this.#frontier.size) return null;
    const problem = `entries up to ${beyond.size} are missing over which ${beyond.from} was made`;
    return { sequence: this.#frontier.size + 1, problem };
  }
}
