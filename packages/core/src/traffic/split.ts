import type { RevisionId } from '../kernel/ids.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';

/** One condition on a request. A match holds when all its conditions hold. */
export interface MatchCondition {
  readonly on: 'header' | 'cookie' | 'path';
  /** Header or cookie name (headers in lower case); absent for `path`. */
  readonly name?: string;
  /** Exactly one of the three; `prefix` compares the start of the value. */
  readonly equals?: string;
  readonly prefix?: string;
  readonly oneOf?: readonly string[];
}

/** Requests that go to one revision whatever the weights say; the first match in a split wins. */
export interface Match {
  readonly conditions: readonly MatchCondition[];
  readonly revision: RevisionId;
}

/** Where the key comes from that keeps one user on one revision. */
export type StickyKey =
  | { readonly by: 'header'; readonly name: string }
  /** When the request lacks the cookie, the router sets one with a random value. */
  | { readonly by: 'cookie'; readonly name: string }
  | { readonly by: 'address' };

/** A revision's part of the requests, in basis points. */
export interface Weight {
  readonly revision: RevisionId;
  readonly basisPoints: number;
}

/** Which share of requests goes to which revision, and which requests are matched to one. */
export interface Split {
  /**
   * In order; they sum to 10,000, or the list is empty (then nothing is served and the router answers 503).
   * With a sticky key a request's place is `hash32(key, salt) % 10,000`, and the first weight whose running
   * sum exceeds the place takes it: the candidate stands first, so whoever has it keeps it as its share grows.
   */
  readonly weights: readonly Weight[];
  readonly matches: readonly Match[];
  /** Copies of this share of requests go to the revision as well; its answers are only counted. */
  readonly mirror: Weight | null;
  readonly sticky: StickyKey | null;
  /** Differs per rollout, so that not the same users are always first. */
  readonly salt: string;
}

/** Serves nothing; what a track has before its first revision. */
export const EMPTY_SPLIT: Split = { weights: [], matches: [], mirror: null, sticky: null, salt: '' };

/** The whole of the traffic to one revision. */
export const wholeTo = (revision: RevisionId): Split => ({
  ...EMPTY_SPLIT,
  weights: [{ revision, basisPoints: WHOLE_BASIS_POINTS }],
});

/** The share of a revision by weight, in basis points; 0 when it has none. */
export const shareOf = (split: Split, revision: RevisionId): number =>
  split.weights.find((weight) => weight.revision === revision)?.basisPoints ?? 0;

/** Whether a router with this split may send anything to the revision: by weight, match or mirror. */
export const mayReach = (split: Split, revision: RevisionId): boolean =>
  shareOf(split, revision) > 0 ||
  split.matches.some((match) => match.revision === revision) ||
  split.mirror?.revision === revision;

/** What is wrong with a split, or undefined when it may be applied. */
export function splitFault(split: Split): string | undefined {
  const sum = split.weights.reduce((total, weight) => total + weight.basisPoints, 0);
  if (split.weights.length > 0 && sum !== WHOLE_BASIS_POINTS) return `weights sum to ${sum}, not 10000`;
  if (split.weights.some(({ basisPoints }) => !Number.isInteger(basisPoints) || basisPoints < 0))
    return 'a weight is not a whole number of basis points from 0 up';
  const names = new Set(split.weights.map((weight) => weight.revision));
  if (names.size !== split.weights.length) return 'a revision stands twice in the weights';
  return undefined;
}
