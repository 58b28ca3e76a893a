import { createHash } from 'node:crypto';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';

/** What the hash of an entry covers, besides the hash of the entry before it. */
export interface LedgerContent {
  readonly tenant: string;
  /** The place in the tenant's chain, from 1 without gaps. */
  readonly sequence: number;
  readonly at: Instant;
  /** Who did it: a person, or a part of sluice. */
  readonly actor: string;
  /** What was done. */
  readonly action: string;
  /** To what it was done. */
  readonly subject: string;
  /** More about it; opaque JSON. */
  readonly detail: unknown;
}

/** The hash before the first entry. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/**
 * The hash of an entry: SHA-256 over the previous entry's hash followed by the canonical JSON of the entry, in lower-case
 * hexadecimal. Anybody can recompute it from an export.
 */
export function ledgerHash(previousHash: string, content: LedgerContent): string {
  const { tenant, sequence, at, actor, action, subject, detail } = content;
  const text = canonicalJson({ tenant, sequence, at, actor, action, subject, detail });
  return createHash('sha256').update(previousHash).update(text).digest('hex');
}
