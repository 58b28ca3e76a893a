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

/** What a witness has: the last head, and why a later one was refused, in words. */
export interface Witnessed<Head extends DatedRoot> {
  readonly head: Head | null;
  readonly contradiction: string | null;
}

/** A head for a witness, with what was found of its signature. */
export interface OfferedHead<Head extends DatedRoot> extends Omit<Continuation, 'root'> {
  readonly head: Head;
  readonly isSigned: boolean;
}

/**
 * What a witness has after a head was given to it; the same object when nothing changes. Any key may sign, as each server has its
 * own: what makes a head right is that it continues the last one. A contradiction stays until a right head comes.
 */
export function takeHead<Head extends DatedRoot & { readonly keyId: string }>(
  hash: TreeHash,
  before: Witnessed<Head>,
  { head, isSigned, from, proof }: OfferedHead<Head>,
): Witnessed<Head> {
  if (!isSigned) return contradicted(before, `a head of ${head.size} entries is not signed by ${head.keyId}`);
  const judgement = judgeRoot(hash, before.head, { root: head, from, proof });
  switch (judgement.kind) {
    case 'kept':
      return { head, contradiction: null };
    case 'known':
      return isSame(before.head, head) && before.contradiction !== null
        ? { head: before.head, contradiction: null }
        : before;
    case 'other-proof':
      return before;
    case 'contradiction':
      return contradicted(before, judgement.problem);
  }
}

const isSame = (one: DatedRoot | null, other: DatedRoot): boolean =>
  one !== null && one.size === other.size && one.rootHash === other.rootHash;

const contradicted = <Head extends DatedRoot>(before: Witnessed<Head>, problem: string): Witnessed<Head> =>
  before.contradiction === problem ? before : { head: before.head, contradiction: problem };

const contradiction = (problem: string): Judgement => ({ kind: 'contradiction', problem });
