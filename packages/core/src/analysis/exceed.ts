import { LATENCY_MIN_COUNT, LATENCY_QUANTILES, thresholdsOf } from './baseline.ts';
import { type EventSpread, NO_SPREAD, addToSpread, dispersionOf } from './event-spread.ts';
import { type SparseHistogram, countAbove, merge, total } from './histogram.ts';
import { addCurveBatch } from './ratio-curve.ts';
import { type BatchTerms, FRESH_STREAM, type RatioStream, observeBatch, shortened } from './ratio-stream.ts';
import type { Tick } from './tick.ts';

/** The quantile that must be proven for an early promotion. */
export const PASS_QUANTILE = 0.95;

/** EXCEED (judge.md 3.4) on one threshold: RATIO on the requests that took longer. */
export interface ExceedStream {
  readonly aboveMs: number;
  /** How stable's requests above the threshold have come, before the rollout and since. */
  readonly spread: EventSpread;
  readonly ratio: RatioStream;
}

/** What the judge remembers of latency. */
export interface LatencyState {
  /** One stream per quantile of `LATENCY_QUANTILES`; empty while the thresholds are not known. */
  readonly latency: readonly ExceedStream[];
  /** Stable's latencies so far while they are too few for thresholds; null when thresholds are known or not wanted. */
  readonly stableLatency: SparseHistogram | null;
  /** Log likelihood of the odds ratio of exceeding stable's p95, on `passGrid(spec.rPass)`. */
  readonly latencyCurve: readonly number[];
  readonly candidateLatencies: number;
}

/** How latencies are weighed. */
export interface LatencyTerms extends Omit<BatchTerms, 'dispersion'> {
  /** How much longer than stable's a candidate's answer may take, in milliseconds. */
  readonly latencyToleranceMs: number;
  /** How many times stable's it may be; 1 without. */
  readonly toleranceRatio?: number;
  /** `passGrid(spec.rPass)`. */
  readonly latencyGrid: readonly number[];
}

/** A stream for each threshold. */
export const exceedStreams = (
  thresholdsMs: readonly number[],
  spreads: readonly EventSpread[],
): readonly ExceedStream[] =>
  thresholdsMs.map((aboveMs, i) => ({ aboveMs, spread: spreads[i] ?? NO_SPREAD, ratio: FRESH_STREAM }));

/**
 * Adds a tick: first its bets, unless the candidate is warming up, then what it teaches about stable. So a tick is
 * judged by what was known before it, and the bets stay fair.
 */
export function observeLatency(state: LatencyState, tick: Tick, terms: LatencyTerms): LatencyState {
  const { latency, stableLatency, latencyCurve, candidateLatencies } = state;
  const before = { latency, stableLatency, latencyCurve, candidateLatencies };
  if (stableLatency !== null) return findThresholds(before, stableLatency, tick);
  const [candidateTrials, stableTrials] = [total(tick.candidate.latency), total(tick.stable.latency)];
  if (latency.length === 0 || candidateTrials + stableTrials === 0) return before;
  const curve = [...latencyCurve];
  const { latencyToleranceMs, toleranceRatio = 1 } = terms;
  const streams = latency.map((stream, i): ExceedStream => {
    const stableEvents = countAbove(tick.stable.latency, stream.aboveMs);
    const spread = addToSpread(stream.spread, stableTrials, stableEvents);
    if (tick.warmingUp) return { ...stream, spread };
    const dispersion = dispersionOf(stream.spread);
    const candidateEvents = countAbove(
      tick.candidate.latency,
      stream.aboveMs * toleranceRatio + latencyToleranceMs,
    );
    const batch = { candidateTrials, candidateEvents, stableTrials, stableEvents };
    const observed = observeBatch(stream.ratio, batch, tick.at, { ...terms, dispersion });
    if (observed.closed !== null && LATENCY_QUANTILES[i] === PASS_QUANTILE)
      addCurveBatch(curve, terms.latencyGrid, observed.closed, dispersion);
    return { ...stream, spread, ratio: observed.stream };
  });
  if (tick.warmingUp) return { ...before, latency: streams };
  return {
    ...{ latency: streams, stableLatency, latencyCurve: curve.map(shortened) },
    candidateLatencies: candidateLatencies + candidateTrials,
  };
}

/** Stable had served too little before the rollout: its first latencies place the thresholds. */
function findThresholds(state: LatencyState, seen: SparseHistogram, { stable }: Tick): LatencyState {
  const known = merge(seen, stable.latency);
  return total(known) < LATENCY_MIN_COUNT
    ? { ...state, stableLatency: known }
    : { ...state, latency: exceedStreams(thresholdsOf(known), []), stableLatency: null };
}
