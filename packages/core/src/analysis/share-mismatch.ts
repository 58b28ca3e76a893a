import { logBeta } from './log-gamma.ts';

/**
 * Sample-ratio mismatch by the sequential multinomial test (Lindon and Malek, NeurIPS 2022; M6 in judge.md): whether
 * the candidate's share of the requests contradicts the split. Each split is a test of its own: what one router once did
 * says nothing about the split that is in force now.
 */
export interface ShareEvidence {
  /** What part of the requests of both should be the candidate's; at 0 and at the whole there is nothing to compare. */
  readonly shareBasisPoints: number;
  /** Ticks since the split changed that were passed over, up to `SETTLING_TICKS`. */
  readonly settlingTicks: number;
  readonly candidateRequests: number;
  readonly stableRequests: number;
}

/** How firmly the prior holds to the configured share. */
const PRIOR_REQUESTS = 100;
/** Reported beyond this many to 1. */
const MISMATCH_LOG_ODDS = Math.log(1000);

/**
 * The first ticks after a change count for nothing: the router takes a moment to follow, and requests that were under
 * way are counted when they are answered, on the side to which the split before had sent them.
 */
export const SETTLING_TICKS = 10;

/** No evidence yet. */
export const FRESH_SHARE_EVIDENCE: ShareEvidence = {
  shareBasisPoints: 0,
  settlingTicks: 0,
  candidateRequests: 0,
  stableRequests: 0,
};

/** ln of the evidence that counts do not follow `shares`; for two or more arms, each share above 0. */
export function logMultinomialEvidence(counts: readonly number[], shares: readonly number[]): number {
  const prior = shares.map((share) => PRIOR_REQUESTS * share);
  const posterior = prior.map((value, i) => value + (counts[i] ?? 0));
  const atNull = shares.reduce((sum, share, i) => sum + (counts[i] ?? 0) * Math.log(share), 0);
  return logBeta(posterior) - logBeta(prior) - atNull;
}

/**
 * Adds the requests of one tick under the share that was to be expected in it, in basis points: a mirror of share m
 * gives the candidate m / (1 + m) of what both are sent; 0 says that nothing can be expected.
 */
export function addShareCounts(
  evidence: ShareEvidence,
  tick: { readonly candidate: number; readonly stable: number; readonly shareBasisPoints: number },
): ShareEvidence {
  const { shareBasisPoints } = tick;
  if (shareBasisPoints <= 0) return FRESH_SHARE_EVIDENCE;
  const before =
    shareBasisPoints === evidence.shareBasisPoints ? evidence : { ...FRESH_SHARE_EVIDENCE, shareBasisPoints };
  if (before.settlingTicks < SETTLING_TICKS) return { ...before, settlingTicks: before.settlingTicks + 1 };
  return {
    ...before,
    candidateRequests: before.candidateRequests + tick.candidate,
    stableRequests: before.stableRequests + tick.stable,
  };
}

/** ln of the evidence that the realised shares are not the expected ones. */
export function logShareEvidence(evidence: ShareEvidence): number {
  const share = evidence.shareBasisPoints / 10_000;
  if (share <= 0 || share >= 1) return 0;
  const counts = [evidence.candidateRequests, evidence.stableRequests];
  return logMultinomialEvidence(counts, [share, 1 - share]);
}

/** Whether the split in force is not the expected one, at alpha 0.001. */
export const isShareMismatch = (evidence: ShareEvidence): boolean =>
  logShareEvidence(evidence) >= MISMATCH_LOG_ODDS;

/** The candidate's share of the requests since the present split settled; null without requests. */
export function realisedShare({ candidateRequests, stableRequests }: ShareEvidence): number | null {
  const requests = candidateRequests + stableRequests;
  return requests === 0 ? null : candidateRequests / requests;
}
