import { type SparseHistogram, bucketOf, mergeAll, quantile, total } from './histogram.ts';

/** What is known of the stable revision before the candidate gets its first request; frozen with the rollout. */
export interface Baseline {
  /** Requests per second of the whole component. */
  readonly requestsPerSecond: number;
  /** Stable's error rate over the history, a fraction; null without history. */
  readonly errorRate: number | null;
  /** Stable's requests and errors over the last 24 h. */
  readonly historyRequests: number;
  readonly historyErrors: number;
  /** How many errors arrive together, 1 (independent) to 20; counts are divided by it. */
  readonly dispersion: number;
  /** Stable's p50, p90, p95 and p99 in milliseconds; empty when latency is not measured. */
  readonly latencyThresholdsMs: readonly number[];
  /** Dispersion of the counts above each threshold; where it is missing, `dispersion` is used. */
  readonly latencyDispersions?: readonly number[];
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
}

/** The quantiles whose exceedance is judged. */
export const LATENCY_QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

/** Above, a judge would be deaf: counts divided by more say that the errors are one event, not many. */
const DISPERSION_CAP = 20;
/** Fewer seconds say nothing about how errors arrive. */
const DISPERSION_MIN_SECONDS = 60;
/** Fewer latencies do not place four quantiles. */
const LATENCY_MIN_COUNT = 100;

/** Freezes what the judge compares with. Errors per second over less than a minute count as independent. */
export function freezeBaseline(evidence: BaselineEvidence): Baseline {
  const { requests, errors } = evidence.history;
  const latency = mergeAll(evidence.latency);
  const thresholds = total(latency) < LATENCY_MIN_COUNT ? [] : thresholdsOf(latency);
  return {
    requestsPerSecond: evidence.requestsPerSecond,
    errorRate: requests > 0 ? errors / requests : null,
    historyRequests: requests,
    historyErrors: errors,
    dispersion: errorDispersion(evidence.errorMoments),
    latencyThresholdsMs: thresholds,
    latencyDispersions: thresholds.map((ms) => exceedanceDispersion(evidence.latency, ms)),
  };
}

/** Variance over mean of the per-second error counts, 1 to 20 (judge.md 4.5); 1 for less than a minute. */
export function errorDispersion({ seconds, sum, sumOfSquares }: ErrorMoments): number {
  if (seconds < DISPERSION_MIN_SECONDS || sum <= 0) return 1;
  const mean = sum / seconds;
  const variance = (sumOfSquares - seconds * mean * mean) / (seconds - 1);
  return clampDispersion(variance / mean);
}

/**
 * Pearson's statistic over its degrees of freedom for the counts above `ms` given each second's total, 1 to 20.
 * Given the total, because varying traffic alone would raise variance over mean where half of all requests count.
 */
export function exceedanceDispersion(seconds: readonly SparseHistogram[], ms: number): number {
  const limit = bucketOf(ms);
  const counts = seconds
    .map((histogram) => ({ trials: total(histogram), events: eventsAbove(histogram, limit) }))
    .filter(({ trials }) => trials > 0);
  const trials = counts.reduce((sum, count) => sum + count.trials, 0);
  const rate = counts.reduce((sum, count) => sum + count.events, 0) / trials;
  if (counts.length < DISPERSION_MIN_SECONDS || !(rate > 0 && rate < 1)) return 1;
  const squares = counts.reduce(
    (sum, count) => sum + (count.events - count.trials * rate) ** 2 / count.trials,
    0,
  );
  return clampDispersion(squares / (rate * (1 - rate) * (counts.length - 1)));
}

function eventsAbove(histogram: SparseHistogram, limit: number): number {
  return histogram.reduce((sum, [bucket, count]) => (bucket > limit ? sum + count : sum), 0);
}

function thresholdsOf(latency: SparseHistogram): readonly number[] {
  return LATENCY_QUANTILES.map((q) => quantile(latency, q) ?? 0);
}

const clampDispersion = (value: number): number => Math.min(DISPERSION_CAP, Math.max(1, value));
