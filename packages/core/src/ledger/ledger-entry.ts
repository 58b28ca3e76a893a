import { canonicalJson } from '../kernel/canonical-json.ts';
import type { Instant } from '../kernel/instant.ts';

/** Somebody who approved what was done. */
export interface LedgerApproval {
  readonly by: string;
  readonly at?: Instant;
  readonly reason?: string;
}

/** What is recorded of an act; its place in the ledger is given to it. */
export interface LedgerNote {
  readonly at: Instant;
  /** Who did it: a person, a token, or a part of sluice. */
  readonly actor: string;
  /** What was done. */
  readonly action: string;
  /** To what it was done. */
  readonly subject: string;
  /** More about it; opaque JSON. */
  readonly detail: unknown;
  /** SHA-256 of what was there before, in hexadecimal (`contentHash`). */
  readonly before?: string | undefined;
  /** SHA-256 of what is there now, in hexadecimal (`contentHash`). */
  readonly after?: string | undefined;
  /** The id of the request that brought it about. */
  readonly requestId?: string | undefined;
  readonly reason?: string | undefined;
  readonly approvals?: readonly LedgerApproval[] | undefined;
}

/** The hashes of an entry from the time when the ledger was a chain. */
export interface ChainLink {
  /** The hash of the entry before it. */
  readonly previous: string;
  /** SHA-256 over the previous hash and the entry's seven fields as canonical JSON. */
  readonly hash: string;
}

/** What a leaf of the tree is made of. */
export interface LedgerContent extends LedgerNote {
  readonly tenant: string;
  /** The place in the tenant's ledger, from 1 without gaps; the leaf's index in the tree is one less. */
  readonly sequence: number;
  readonly chain?: ChainLink | undefined;
}

/**
 * The text of which a leaf is made: canonical JSON (keys sorted, absent fields left out, no spaces) of these fields and no
 * others. Whoever has an export can make the same text.
 */
export function entryText(content: LedgerContent): string {
  const { tenant, sequence, at, actor, action, subject, detail } = content;
  const { before, after, requestId, reason, approvals, chain } = content;
  return canonicalJson({
    ...{ tenant, sequence, at, actor, action, subject, detail },
    ...{ before, after, requestId, reason, approvals, chain },
  });
}

/** What the hash of an entry covered in the time of the chain, besides the hash of the entry before it. */
export function chainedText(content: LedgerContent): string {
  const { tenant, sequence, at, actor, action, subject, detail } = content;
  return canonicalJson({ tenant, sequence, at, actor, action, subject, detail });
}
