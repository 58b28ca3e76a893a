import {
  type EventSpread,
  NO_SPREAD,
  SPREAD_MIN_TICKS,
  addToSpread,
  clampDispersion,
} from './event-spread.ts';
import { type SparseHistogram, countAbove, mergeAll, quantile, total } from './histogram.ts';

/** What is known of the stable revision before the candidate gets its first request; frozen with the rollout. */
export interface Baseline {
  /** Requests per second of the whole component. */
  readonly requestsPerSecond: number;
  /** Stable's error rate over the history, a fraction; null without history. */
  readonly errorRate: number | null;
  /** Stable's requests and errors over the last 24 h. */
  readonly historyRequests: number;
  readonly historyErrors: number;
  /** How many errors arrive together, 1 (independent) to 20; counts are divided by it. Null: too short a history. */
  readonly dispersion: number | null;
  /** Stable's p50, p90, p95 and p99 in milliseconds; empty when latency is not measured. */
  readonly latencyThresholdsMs: readonly number[];
  /** How stable's requests above each threshold came before; the judge goes on counting. */
  readonly latencySpreads: readonly EventSpread[];
  /** The same of what its work costs, in the unit of its histograms; left out where that is not counted. */
  readonly cost?: KnownQuantiles;
}

/** The quantiles of something, and how what is above each of them came. */
export interface KnownQuantiles {
  readonly thresholds: readonly number[];
  readonly spreads: readonly EventSpread[];
}

/** Sums over the per-second error counts of the stable revision, best over an hour or more. */
export interface ErrorMoments {
  readonly seconds: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** What the baseline is frozen from. */
export interface BaselineEvidence {
  /** Stable's requests and errors in the last 24 h, or as long as it has lived. */
  readonly history: { readonly requests: number; readonly errors: number };
  /** Requests per second of the component now. */
  readonly requestsPerSecond: number;
  readonly errorMoments: ErrorMoments;
  /** Stable's latency of the last 600 s, one histogram per second (or scrape). */
  readonly latency: readonly SparseHistogram[];
  /** The same of cost; left out where nobody counts it. */
  readonly cost?: readonly SparseHistogram[];
}

/** The quantiles whose exceedance is judged. */
export const LATENCY_QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

/** Fewer latencies do not place four quantiles. */
export const LATENCY_MIN_COUNT = 100;

/** Freezes what the judge compares with. */
export function freezeBaseline(evidence: BaselineEvidence): Baseline {
  const { requests, errors } = evidence.history;
  const latency = quantilesOf(evidence.latency);
  return {
    requestsPerSecond: evidence.requestsPerSecond,
    errorRate: requests > 0 ? errors / requests : null,
    historyRequests: requests,
    historyErrors: errors,
    dispersion: errorDispersion(evidence.errorMoments),
    latencyThresholdsMs: latency.thresholds,
    latencySpreads: latency.spreads,
    ...(evidence.cost && { cost: quantilesOf(evidence.cost) }),
  };
}

function quantilesOf(seconds: readonly SparseHistogram[]): KnownQuantiles {
  const all = mergeAll(seconds);
  const thresholds = total(all) < LATENCY_MIN_COUNT ? [] : thresholdsOf(all);
  return { thresholds, spreads: thresholds.map((above) => spreadAbove(seconds, above)) };
}

/** Variance over mean of the per-second error counts, 1 to 20 (judge.md 4.5); null for less than a minute. */
export function errorDispersion({ seconds, sum, sumOfSquares }: ErrorMoments): number | null {
  if (seconds < SPREAD_MIN_TICKS) return null;
  if (sum <= 0) return 1;
  const mean = sum / seconds;
  const variance = (sumOfSquares - seconds * mean * mean) / (seconds - 1);
  return clampDispersion(variance / mean);
}

/** How requests above `ms` came, one histogram per second (or scrape). */
export function spreadAbove(seconds: readonly SparseHistogram[], ms: number): EventSpread {
  return seconds.reduce(
    (spread, histogram) => addToSpread(spread, total(histogram), countAbove(histogram, ms)),
    NO_SPREAD,
  );
}

/** The latencies at `LATENCY_QUANTILES`, in milliseconds. */
export function thresholdsOf(latency: SparseHistogram): readonly number[] {
  return LATENCY_QUANTILES.map((q) => quantile(latency, q) ?? 0);
}
