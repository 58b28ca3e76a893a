import { LATENCY_MIN_COUNT, LATENCY_QUANTILES, thresholdsOf } from './baseline.ts';
import { type EventSpread, NO_SPREAD, addToSpread, dispersionOf } from './event-spread.ts';
import { type SparseHistogram, countAbove, merge, total } from './histogram.ts';
import { addCurveBatch } from './ratio-curve.ts';
import { type BatchTerms, FRESH_STREAM, type RatioStream, observeBatch, shortened } from './ratio-stream.ts';
import type { Tick } from './tick.ts';

/** The quantile that must be proven for an early promotion. */
const PASS_QUANTILE = 0.95;

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
  return learnLatency(tick.warmingUp ? before : placeBets(before, tick, terms), tick);
}

function placeBets(state: LatencyState, { at, candidate, stable }: Tick, terms: LatencyTerms): LatencyState {
  const candidateTrials = total(candidate.latency);
  const stableTrials = total(stable.latency);
  if (state.latency.length === 0 || candidateTrials + stableTrials === 0) return state;
  const curve = [...state.latencyCurve];
  const latency = state.latency.map((before, i) => {
    const dispersion = dispersionOf(before.spread);
    const batch = {
      candidateTrials,
      candidateEvents: countAbove(candidate.latency, before.aboveMs + terms.latencyToleranceMs),
      stableTrials,
      stableEvents: countAbove(stable.latency, before.aboveMs),
    };
    const { stream, closed } = observeBatch(before.ratio, batch, at, { ...terms, dispersion });
    const isOfPass = LATENCY_QUANTILES[i] === PASS_QUANTILE;
    if (closed !== null && isOfPass) addCurveBatch(curve, terms.latencyGrid, closed, dispersion);
    return { ...before, ratio: stream };
  });
  return {
    ...{ latency, stableLatency: state.stableLatency, latencyCurve: curve.map(shortened) },
    candidateLatencies: state.candidateLatencies + candidateTrials,
  };
}

/** The thresholds, where stable had served too little before the rollout, and how its slow requests come. */
function learnLatency(state: LatencyState, { stable }: Tick): LatencyState {
  const { stableLatency } = state;
  if (stableLatency === null) {
    const trials = total(stable.latency);
    const learned = state.latency.map((stream) => ({
      ...stream,
      spread: addToSpread(stream.spread, trials, countAbove(stable.latency, stream.aboveMs)),
    }));
    return { ...state, latency: learned };
  }
  const known = merge(stableLatency, stable.latency);
  return total(known) < LATENCY_MIN_COUNT
    ? { ...state, stableLatency: known }
    : { ...state, latency: exceedStreams(thresholdsOf(known), []), stableLatency: null };
}
