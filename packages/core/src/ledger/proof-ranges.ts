import { refuse, ok, type Result } from '../kernel/result.ts';
import type { Subtree } from './frontier.ts';

/** Leaves from `start` to before `end`, counted from 0. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Of which leaves the hashes of an inclusion proof are the roots, in the order of the proof: PATH of RFC 6962, section 2.1.1.
 *
 * @param index the leaf, from 0
 * @param size the size of the tree that the proof is for
 */
export function inclusionRanges(index: number, size: number): Result<readonly LeafRange[]> {
  if (!isWhole(index, size) || index < 0 || index >= size) return outside(`entry ${index + 1}`, size);
  const ranges: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ok(ranges.reverse());
}

/** As `inclusionRanges`, for a proof that the first `from` leaves of a tree of `to` are a tree that was seen earlier: PROOF of section 2.1.2. */
export function consistencyRanges(from: number, to: number): Result<readonly LeafRange[]> {
  if (!isWhole(from, to) || from < 0 || from > to) return outside(`head of size ${from}`, to);
  if (from === 0 || from === to) return ok([]);
  const ranges: LeafRange[] = [];
  let [start, end] = [0, to];
  while (from < end) {
    const middle = start + split(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  if (start > 0) ranges.push({ start, end });
  return ok(ranges.reverse());
}

/** The complete subtrees of a range that a proof asks for, the largest first; their roots fold to the range's root. */
export function subtreesOf({ start, end }: LeafRange): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2;
      level++;
    }
    subtrees.push({ level, index: at / width });
    at += width;
  }
  return subtrees;
}

/** The largest power of two below a number of leaves of at least 2. */
function split(leaves: number): number {
  let width = 1;
  while (width * 2 < leaves) width *= 2;
  return width;
}

const isWhole = (...numbers: readonly number[]): boolean => numbers.every(Number.isSafeInteger);

const outside = (what: string, size: number): Result<never> =>
  refuse('not-in-tree', `There is no ${what} in a ledger of ${size} entries.`, 'Ask for one that it holds.');
