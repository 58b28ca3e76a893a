import { logBeta } from './log-gamma.ts';

/**
 * Sample-ratio mismatch by the sequential multinomial test (Lindon and Malek, NeurIPS 2022; M6 in judge.md): whether
 * the candidate's share of the requests contradicts the split. A step of the split starts a new product term.
 */
export interface ShareEvidence {
  readonly shareBasisPoints: number;
  readonly candidateRequests: number;
  readonly stableRequests: number;
  /** ln of the evidence from earlier splits. */
  readonly carriedLogOdds: number;
}

/** How firmly the prior holds to the configured share. */
const PRIOR_REQUESTS = 100;
/** Reported beyond this many to 1. */
const MISMATCH_LOG_ODDS = Math.log(1000);

/** No evidence yet. */
export const FRESH_SHARE_EVIDENCE: ShareEvidence = {
  shareBasisPoints: 0,
  candidateRequests: 0,
  stableRequests: 0,
  carriedLogOdds: 0,
};

/** ln of the evidence that counts do not follow `shares`; for two or more arms, each share above 0. */
export function logMultinomialEvidence(counts: readonly number[], shares: readonly number[]): number {
  const prior = shares.map((share) => PRIOR_REQUESTS * share);
  const posterior = prior.map((value, i) => value + (counts[i] ?? 0));
  const atNull = shares.reduce((sum, share, i) => sum + (counts[i] ?? 0) * Math.log(share), 0);
  return logBeta(posterior) - logBeta(prior) - atNull;
}

/** Adds the requests of one tick under the split that was configured for it. */
export function addShareCounts(
  evidence: ShareEvidence,
  tick: { readonly candidate: number; readonly stable: number; readonly shareBasisPoints: number },
): ShareEvidence {
  const same = tick.shareBasisPoints === evidence.shareBasisPoints;
  return {
    shareBasisPoints: tick.shareBasisPoints,
    candidateRequests: tick.candidate + (same ? evidence.candidateRequests : 0),
    stableRequests: tick.stable + (same ? evidence.stableRequests : 0),
    carriedLogOdds: same ? evidence.carriedLogOdds : logShareEvidence(evidence),
  };
}

/** ln of the evidence that the realised shares are not the configured ones. */
export function logShareEvidence(evidence: ShareEvidence): number {
  const share = evidence.shareBasisPoints / 10_000;
  if (share <= 0 || share >= 1) return evidence.carriedLogOdds;
  const counts = [evidence.candidateRequests, evidence.stableRequests];
  return evidence.carriedLogOdds + logMultinomialEvidence(counts, [share, 1 - share]);
}

/** Whether the split in force is not the configured one, at alpha 0.001. */
export const isShareMismatch = (evidence: ShareEvidence): boolean =>
  logShareEvidence(evidence) >= MISMATCH_LOG_ODDS;

/** The candidate's share of the requests since the last change of the split; null without requests. */
export function realisedShare({ candidateRequests, stableRequests }: ShareEvidence): number | null {
  const requests = candidateRequests + stableRequests;
  return requests === 0 ? null : candidateRequests / requests;
}
