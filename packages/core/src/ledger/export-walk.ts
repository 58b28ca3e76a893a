import { canonicalJson } from '../kernel/canonical-json.ts';
import { EMPTY_FRONTIER, type Frontier, growTree, rootOf } from './frontier.ts';
import { entryText, type LedgerContent } from './ledger-entry.ts';
import { isBlank, RemovedContents } from './removed-contents.ts';
import type { TreeHash } from './tree-hash.ts';
import type { TreeRoot } from './verify-proofs.ts';

/** A root that was known once, and who knows it. */
export interface NamedRoot extends TreeRoot {
  /** In words: `the head signed by 1a2b`. */
  readonly from: string;
}

/** What was found in an export. */
export interface ExportVerdict {
  /** Entries that were read. */
  readonly entries: number;
  readonly expired: number;
  /** Whether it is the whole ledger; of a part only the entries themselves can be checked. */
  readonly isWhole: boolean;
  /** Known roots that are right. */
  readonly compared: number;
  /** The entries up to this one are what a known root was made over; 0 when none of them are. */
  readonly vouched: number;
  readonly rootHash: string | null;
  /** Whose ledger it is; null of an empty one. A key may sign those of several organisations. */
  readonly tenant: string | null;
  /** The first that is wrong: the number of the entry, or of the line when that cannot be read. */
  readonly fault: {
    readonly sequence: number | null;
    readonly line: number;
    readonly problem: string;
  } | null;
}

type Line = Readonly<Record<string, unknown>>;

/**
 * Verifies an export, line by line, with nothing but hashes: every entry against its leaf, the entries against each other, and
 * the tree over them against roots that were known. Give it lines until there are no more, or one is wrong.
 */
export class ExportWalk {
  fault: ExportVerdict['fault'] = null;
  readonly #hash: TreeHash & { readonly text: (text: string) => string };
  readonly #roots: readonly NamedRoot[];
  #frontier: Frontier = EMPTY_FRONTIER;
  #pending: string[] = [];
  #promised: number | null = null;
  #isWhole = true;
  #entries = 0;
  #expired = 0;
  #compared = 0;
  #proven = 0;
  #line = 0;
  /** What a chain would go on from. */
  #end: string | null = null;
  #tenant: string | null = null;
  readonly #removed = new RemovedContents();

  /** @param hash of trees, and `text`: SHA-256 over a text in UTF-8, in hexadecimal */
  constructor(hash: TreeHash & { readonly text: (text: string) => string }, roots: readonly NamedRoot[]) {
    this.#hash = hash;
    this.#roots = roots.filter(({ size }) => size > 0).toSorted((a, b) => a.size - b.size);
  }

  add(line: unknown): void {
    this.#line++;
    if (this.fault !== null) return;
    if (typeof line !== 'object' || line === null) return this.#fail(null, 'the line cannot be read');
    const given = line as Line;
    if (this.#line === 1) return this.#begin(given);
    if (given['kind'] === 'entry') return this.#entry(given);
    if (given['kind'] !== 'head' && given['kind'] !== 'key')
      this.#fail(null, 'the line is none of an export');
  }

  end(): ExportVerdict {
    this.#grow();
    if (this.fault === null && this.#isWhole) this.#missing();
    const untold = this.#isWhole ? this.#removed.fault() : null;
    if (this.fault === null && untold !== null) this.#fail(untold.sequence, untold.problem);
    return {
      ...{ entries: this.#entries, expired: this.#expired, isWhole: this.#isWhole },
      ...{ compared: this.#compared, vouched: this.#proven },
      rootHash: this.#isWhole ? rootOf(this.#hash, this.#frontier) : null,
      tenant: this.#tenant,
      fault: this.fault,
    };
  }

  #begin({ kind, version, entries }: Line): void {
    if (kind !== 'ledger' || version !== 1)
      return this.#fail(null, 'the file does not begin as an export does');
    this.#isWhole = typeof entries === 'number';
    this.#promised = typeof entries === 'number' ? entries : null;
  }

  #entry(given: Line): void {
    const { sequence } = given;
    if (typeof sequence !== 'number') return this.#fail(null, 'the entry has no number');
    if (this.#isWhole && sequence !== this.#entries + 1)
      return this.#fail(
        sequence,
        sequence > this.#entries ? 'an entry is missing before it' : 'it is out of order',
      );
    const leaf = given['leafHash'];
    const isExpired = typeof given['expiredAt'] === 'number';
    const content = contentOf(given);
    this.#tenant ??= content.tenant;
    if (content.tenant !== this.#tenant) return this.#fail(sequence, 'it is of another organisation');
    if (isExpired && !isBlank(content))
      return this.#fail(sequence, 'it says something, and its contents were removed');
    const computed = isExpired ? leaf : this.#leafOf(content);
    if (typeof leaf !== 'string' || leaf !== computed || !/^[0-9a-f]{64}$/.test(leaf))
      return this.#fail(sequence, 'it was changed');
    if (!isExpired && !this.#followsChain(given))
      return this.#fail(sequence, 'it does not follow the entry before it');
    const { chain } = given as { chain?: { hash: string } };
    this.#end = isExpired ? null : (chain?.hash ?? leaf);
    if (isExpired) this.#removed.removed(sequence);
    else this.#removed.kept(content);
    if (isExpired) this.#expired++;
    this.#entries++;
    this.#pending.push(leaf);
    if (this.#isWhole && this.#roots[this.#compared]?.size === this.#entries) this.#compare();
    if (this.#pending.length >= 4_096) this.#grow();
  }

  #leafOf(content: LedgerContent): string | null {
    const text = entryText(content);
    // What stands beside the fields that are hashed would not be vouched for.
    return canonicalJson(content) === text ? this.#hash.leaf(text) : null;
  }

  #followsChain(given: Line): boolean {
    const { chain, ...content } = given as unknown as LedgerContent;
    if (chain === undefined) return true;
    if (this.#isWhole && this.#end !== null && chain.previous !== this.#end) return false;
    const { tenant, sequence, at, actor, action, subject, detail } = content;
    const text = canonicalJson({ tenant, sequence, at, actor, action, subject, detail });
    return this.#hash.text(`${chain.previous}${text}`) === chain.hash;
  }

  #grow(): void {
    if (this.#isWhole) this.#frontier = growTree(this.#hash, this.#frontier, this.#pending).frontier;
    this.#pending = [];
  }

  #compare(): void {
    this.#grow();
    const rootHash = rootOf(this.#hash, this.#frontier);
    while (this.#roots[this.#compared]?.size === this.#entries) {
      const known = this.#roots[this.#compared] as NamedRoot;
      if (known.rootHash !== rootHash) {
        const first = this.#proven + 1;
        const which = first === known.size ? 'it is' : `it, or one up to ${known.size}, is`;
        return this.#fail(first, `${which} not what ${known.from} was made over`);
      }
      this.#compared++;
    }
    this.#proven = this.#entries;
  }

  #missing(): void {
    const beyond = this.#roots.at(-1);
    const next = this.#entries + 1;
    if (beyond !== undefined && beyond.size > this.#entries)
      return this.#fail(next, `entries up to ${beyond.size} are missing over which ${beyond.from} was made`);
    if (this.#promised === null) return this.#fail(null, 'the file is empty');
    if (this.#promised > this.#entries)
      this.#fail(next, `the export was to hold ${this.#promised} entries, and ends before`);
  }

  #fail(sequence: number | null, problem: string): void {
    this.fault = { sequence, line: this.#line, problem };
  }
}

const contentOf = ({ kind: _kind, leafHash: _leaf, expiredAt: _expired, ...content }: Line): LedgerContent =>
  content as unknown as LedgerContent;
