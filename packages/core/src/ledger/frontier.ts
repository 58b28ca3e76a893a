import { EMPTY_ROOT, type TreeHash } from './tree-hash.ts';

/** All that has to be known of a tree to add to it: its size, and the roots of its complete subtrees, the largest first. */
export interface Frontier {
  readonly size: number;
  /** One for each 1 in the binary form of `size`. */
  readonly peaks: readonly string[];
}

/** A complete subtree: 2^level leaves from `index` times 2^level on. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** The root of a complete subtree. */
export interface TreeNode extends Subtree {
  readonly hash: string;
}

/** The tree before its first entry. */
export const EMPTY_FRONTIER: Frontier = { size: 0, peaks: [] };

/** Every so many levels roots are stored, so that a proof reads at most 2^TILE_LEVELS hashes of one level. */
export const TILE_LEVELS = 8;

/** A tree that grew, and the roots to be stored of subtrees that became complete. */
export interface Growth {
  readonly frontier: Frontier;
  readonly tiles: readonly TreeNode[];
}

/** Adds leaves at the end of a tree: about one hash for each leaf, whatever the size. */
export function growTree(hash: TreeHash, from: Frontier, leaves: readonly string[]): Growth {
  const peaks = [...from.peaks];
  const tiles: TreeNode[] = [];
  let { size } = from;
  for (const leaf of leaves) {
    let node = leaf;
    let level = 0;
    for (let index = size; index % 2 === 1; index = (index - 1) / 2) {
      node = hash.node(peaks.pop() as string, node);
      level++;
      if (level % TILE_LEVELS === 0) tiles.push({ level, index: (index - 1) / 2, hash: node });
    }
    peaks.push(node);
    size++;
  }
  return { frontier: { size, peaks }, tiles };
}

/** The root of a tree, from its complete subtrees. */
export const rootOf = (hash: TreeHash, { peaks }: Frontier): string => foldPeaks(hash, peaks);

/** The root over adjacent complete subtrees, the largest and first one at the beginning. */
export function foldPeaks(hash: TreeHash, peaks: readonly string[]): string {
  if (peaks.length === 0) return EMPTY_ROOT;
  return peaks.reduceRight((right, left) => hash.node(left, right));
}

/** Whether a frontier is well formed: one peak for each 1 in the binary form of its size. */
export function isWhole({ size, peaks }: Frontier): boolean {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones === peaks.length;
}
