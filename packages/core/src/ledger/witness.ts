import type { TreeHash } from './tree-hash.ts';
import { type TreeRoot, verifyConsistency } from './verify-proofs.ts';

/** A root, and when it was signed, in milliseconds since 1970. */
export interface DatedRoot extends TreeRoot {
  readonly at: number;
}

/** A later root, with a proof that it continues an earlier one. */
export interface Continuation {
  readonly root: DatedRoot;
  /** Size of the root from which the proof goes on; 0 when the witness has none yet. */
  readonly from: number;
  readonly proof: readonly string[];
}

/** What a witness makes of a root: it keeps it, it knew as much, the proof is for another root, or nothing can make it right. */
export type Judgement =
  | { readonly kind: 'kept' | 'known' | 'other-proof' }
  | { readonly kind: 'contradiction'; readonly problem: string };

/** Servers that sign at once may pass each other by so much, in milliseconds. */
const LATE_MS = 60_000;

/** Judges a root by the last one that was kept. */
export function judgeRoot(hash: TreeHash, last: DatedRoot | null, next: Continuation): Judgement {
  if (last === null) return { kind: 'kept' };
  const { root, from, proof } = next;
  if (root.size === last.size) {
    if (root.rootHash === last.rootHash) return { kind: 'known' };
    return contradiction(`two roots are claimed for ${last.size} entries`);
  }
  if (root.size < last.size) {
    // Several servers give heads; one that comes late says nothing new.
    if (root.at < last.at + LATE_MS) return { kind: 'known' };
    return contradiction(`the ledger has shrunk to ${root.size} entries, and ${last.size} were seen before`);
  }
  if (from !== last.size) return { kind: 'other-proof' };
  if (verifyConsistency(hash, last, root, proof)) return { kind: 'kept' };
  return contradiction(
    `a head of ${root.size} entries does not continue the ${last.size} entries seen before`,
  );
}

const contradiction = (problem: string): Judgement => ({ kind: 'contradiction', problem });
