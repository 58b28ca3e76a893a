import { EMPTY_ROOT, type TreeHash } from './tree-hash.ts';

/** Size and root of a tree: what a signed head says. */
export interface TreeRoot {
  readonly size: number;
  readonly rootHash: string;
}

/** What is to be shown to stand in a tree. */
export interface Inclusion {
  readonly leafHash: string;
  /** From 0. */
  readonly index: number;
  readonly proof: readonly string[];
}

/** Whether a leaf stands in a tree: the algorithm of RFC 9162, section 2.1.3.2, which is RFC 6962's in words. */
export function verifyInclusion(
  hash: TreeHash,
  { leafHash, index, proof }: Inclusion,
  { size, rootHash }: TreeRoot,
): boolean {
  if (!isPlace(index, size)) return false;
  let [place, last] = [index, size - 1];
  let node = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      node = hash.node(sibling, node);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else node = hash.node(node, sibling);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && node === rootHash;
}

/** Whether a later tree begins with all of an earlier one, unchanged: the algorithm of RFC 9162, section 2.1.4.2. */
export function verifyConsistency(
  hash: TreeHash,
  from: TreeRoot,
  to: TreeRoot,
  proof: readonly string[],
): boolean {
  if (!Number.isSafeInteger(from.size) || !Number.isSafeInteger(to.size)) return false;
  if (from.size < 0 || from.size > to.size) return false;
  if (from.size === 0) return proof.length === 0 && from.rootHash === EMPTY_ROOT;
  if (from.size === to.size) return proof.length === 0 && from.rootHash === to.rootHash;
  return rebuilt(hash, from, to, isPowerOfTwo(from.size) ? [from.rootHash, ...proof] : proof);
}

/** Builds both roots at once out of a proof that begins with the root of a complete subtree of the earlier tree. */
function rebuilt(hash: TreeHash, from: TreeRoot, to: TreeRoot, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return false;
  let [place, last] = [from.size - 1, to.size - 1];
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  let [earlier, later] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      [earlier, later] = [hash.node(sibling, earlier), hash.node(sibling, later)];
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else later = hash.node(later, sibling);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && earlier === from.rootHash && later === to.rootHash;
}

const isPlace = (index: number, size: number): boolean =>
  Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;

const half = (value: number): number => Math.floor(value / 2);

function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
