import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type Frontier, rootOf } from '@sluice/core/ledger/frontier.ts';
import { judgeRoot } from '@sluice/core/ledger/witness.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { type SignedHead, signHead } from '@sluice/protocol/ledger/signed-head.ts';
import type { Database } from '../store/database/open-database.ts';
import { readTree } from '../store/ledger/ledger-tree.ts';
import { latestHead, putHead } from '../store/ledger/signed-heads.ts';
import type { HeadKeys } from './head-key.ts';
import type { KeptHeads } from './kept-heads.ts';
import { proveConsistency } from './prove.ts';

/** What became of an attempt to sign the present head. */
export type Signing =
  | { readonly kind: 'signed'; readonly head: SignedHead; readonly isNew: boolean }
  | { readonly kind: 'empty' }
  /** The ledger does not continue what this server signed before: it signs nothing more. */
  | { readonly kind: 'contradiction'; readonly problem: string };

/** What a signer works with. */
export interface SignerParts {
  readonly db: Database;
  readonly tenant: string;
  readonly keys: HeadKeys;
  /** Outside of the database, so that whoever rewrites the database cannot rewrite it. */
  readonly kept: KeptHeads;
  readonly now: () => Instant;
}

/** Signs the present head of a tenant's ledger, unless it was signed already or contradicts the one signed before. */
export async function signPresentHead(parts: SignerParts): Promise<Signing> {
  const { db, tenant, keys, kept } = parts;
  const tree = await readTree(db, tenant);
  const { head: last } = kept.last(tenant);
  const problem = await contradictionOf(parts, last, tree);
  if (problem !== null) {
    await kept.keep(tenant, { head: last, contradiction: problem });
    return { kind: 'contradiction', problem };
  }
  if (tree.size === 0) return { kind: 'empty' };
  const rootHash = rootOf(SHA256_TREE, tree);
  const known = await latestHead(db, tenant);
  if (known !== null && known.size === tree.size && known.rootHash === rootHash) {
    if (last === null || last.size < known.size)
      await kept.keep(tenant, { head: known, contradiction: null });
    return { kind: 'signed', head: known, isNew: false };
  }
  const key = keys.current();
  const head = signHead(key.privateKey, { tenant, size: tree.size, rootHash, at: parts.now() });
  await putHead(db, head, key.publicKey);
  await kept.keep(tenant, { head, contradiction: null });
  return { kind: 'signed', head, isNew: true };
}

async function contradictionOf(
  { db, tenant, now }: SignerParts,
  last: SignedHead | null,
  tree: Frontier,
): Promise<string | null> {
  if (last === null) return null;
  if (tree.size < last.size)
    return `the ledger holds ${tree.size} entries, and ${last.size} were signed before`;
  const root = { size: tree.size, rootHash: rootOf(SHA256_TREE, tree), at: now() };
  const proof = await proveConsistency(db, tenant, { from: last.size, to: tree.size });
  if (!proof.ok) return proof.refusal.message;
  const judgement = judgeRoot(SHA256_TREE, last, { root, from: last.size, proof: proof.value });
  return judgement.kind === 'contradiction' ? judgement.problem : null;
}
