/**
 * Purpose: contents that were removed from a ledger are those of which it says so itself.
 *
 * Whoever has the database could remove what they do not like and call it over its time, as the hash of the leaf stays. So each
 * removal has to stand in a later entry, which is never removed; and what is left of an entry says nothing any more, as no hash
 * vouches for it.
 */
import { canonicalJson } from '../kernel/canonical-json.ts';
import { entryText, type LedgerContent } from './ledger-entry.ts';

/** The entry that says whose contents were removed: `detail` has `entries`, how many, and `first` and `last`, between which they are. */
export const REMOVAL_ACTION = 'ledgerExpired';

/** Whether nothing is left of what an entry said. */
export function isBlank(content: LedgerContent): boolean {
  const { tenant, sequence, at } = content;
  const blank = { tenant, sequence, at, actor: '', action: 'expired', subject: '', detail: null };
  return entryText(content) === canonicalJson(blank);
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** Compares what was removed with what the ledger says of it. Give it all entries, in their order. */
export class RemovedContents {
  readonly #removed: Span[] = [];
  readonly #told: Span[] = [];
  #count = 0;
  #toldCount = 0;

  /** An entry of which nothing is left. */
  removed(sequence: number): void {
    const open = this.#removed.at(-1);
    if (open?.last === sequence - 1) this.#removed[this.#removed.length - 1] = { ...open, last: sequence };
    else this.#removed.push({ first: sequence, last: sequence });
    this.#count++;
  }

  /** An entry that is as it was written. */
  kept({ action, detail }: Pick<LedgerContent, 'action' | 'detail'>): void {
    if (action !== REMOVAL_ACTION || typeof detail !== 'object' || detail === null) return;
    const { entries, first, last } = detail as Record<string, unknown>;
    if (typeof entries !== 'number' || typeof first !== 'number' || typeof last !== 'number') return;
    this.#told.push({ first, last });
    this.#toldCount += entries;
  }

  /** The first entry that lost its contents without a word, as far as that can be told; null when there is none. */
  fault(): { readonly sequence: number; readonly problem: string } | null {
    const untold = this.#removed.flatMap((span) => untoldIn(span, this.#told)).at(0);
    if (untold !== undefined)
      return { sequence: untold, problem: 'its contents were removed, and no later entry says so' };
    const [first] = this.#removed;
    if (first === undefined || this.#count <= this.#toldCount) return null;
    const problem = `it, or one after it, lost its contents without a word: ${this.#count} have none, and of ${this.#toldCount} it is said`;
    return { sequence: first.first, problem };
  }
}

/** The first number of a span that is in none of others. */
function untoldIn({ first, last }: Span, told: readonly Span[]): readonly number[] {
  let next = first;
  for (const span of told.toSorted((a, b) => a.first - b.first))
    if (span.first <= next && next <= span.last) next = span.last + 1;
  return next <= last ? [next] : [];
}
