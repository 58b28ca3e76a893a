import type { Instant } from '../kernel/instant.ts';
import { type Baseline, type KnownQuantiles, LATENCY_MIN_COUNT } from './baseline.ts';
import { type LatencyState, exceedStreams } from './exceed.ts';
import {
  type GuardBet,
  HISTORY_MULTIPLES,
  SLO_MULTIPLES,
  guardBets,
  isVetoed,
  upperRateLimit,
} from './guard-evidence.ts';
import { type EvidenceWeights, type JudgeSpec, marginRatio } from './judge-spec.ts';
import type { JudgeCounts } from './judgement.ts';
import { curveGrid, passGrid } from './ratio-curve.ts';
import { FRESH_STREAM, type RatioStream } from './ratio-stream.ts';
import { FRESH_SHARE_EVIDENCE, type ShareEvidence } from './share-mismatch.ts';
import type { EventCount } from './tick.ts';

/** Everything the judge remembers: plain JSON, a few kilobytes, stored with the rollout. */
export interface JudgeState extends LatencyState {
  readonly spec: JudgeSpec;
  readonly baseline: Baseline;
  readonly startedAt: Instant | null;
  /** The end of the last tick; ticks that start earlier were seen already and are passed over. */
  readonly observedUntil: Instant | null;
  readonly shareBasisPoints: number;
  /** What the metrics provider last complained of; null as soon as ticks arrive again. */
  readonly providerError: string | null;
  readonly lastCandidateRequestAt: Instant | null;
  /** Requests per second of both arms, smoothed over half a minute. */
  readonly requestsPerSecond: number;
  readonly counts: JudgeCounts;
  readonly errors: RatioStream;
  /** Log likelihood of the error odds ratio on `curveGrid(spec.rPass)`. */
  readonly errorCurve: readonly number[];
  /** The trials and events on which each guard has placed its bets. */
  readonly sloGuard: EventCount;
  readonly historyGuard: EventCount;
  readonly custom: Readonly<Record<string, RatioStream>>;
  /** EXCEED on what work costs; left out where that is not judged. */
  readonly cost?: LatencyState;
  /** Stable's requests and errors per tick in the last minute, for the veto; the time since `startedAt` in ms. */
  readonly recentStable: readonly (readonly [sinceStartMs: number, requests: number, errors: number])[];
  readonly shareEvidence: ShareEvidence;
  /** Ticks in which the candidate had an error. */
  readonly errorTicks: number;
  /** ln of the highest evidence so far. */
  readonly highestLogOdds: number;
  /** When the evidence sufficed for a rollback; it stays so. */
  readonly failedAt: Instant | null;
}

/** What follows from spec and baseline alone; cheap to derive, so not stored. */
export interface JudgePlan {
  readonly margin: number;
  readonly grid: readonly number[];
  readonly latencyGrid: readonly number[];
  /** What counts of errors are divided by; 1 where it is not known. */
  readonly dispersion: number;
  /** Errors count in full once the candidate has had some in so many ticks: several where clumps are not known. */
  readonly errorTicksNeeded: number;
  readonly sloLimit: number;
  readonly sloBets: readonly GuardBet[];
  /** Stable's 99 % upper limit over the history; null without history: the guard is then absent. */
  readonly historyLimit: number | null;
  readonly historyBets: readonly GuardBet[];
  readonly weights: Required<EvidenceWeights>;
  /** A batch that has waited longer is dropped: it would compare different times. In milliseconds. */
  readonly batchMaxAgeMs: number;
}

/** One burst of errors counts as one event where nobody knows whether stable's come in bursts as well. */
const ERROR_TICKS_WITHOUT_HISTORY = 3;
const BATCH_MIN_AGE_MS = 300_000;
const BATCH_AGE_REQUESTS = 200;
const DAY_MS = 86_400_000;

/** The state before the first tick of a new revision: all evidence is 1. */
export function startJudge(spec: JudgeSpec, baseline: Baseline): JudgeState {
  const none: EventCount = { trials: 0, events: 0 };
  return {
    spec,
    baseline,
    startedAt: null,
    observedUntil: null,
    shareBasisPoints: 0,
    providerError: null,
    lastCandidateRequestAt: null,
    requestsPerSecond: baseline.requestsPerSecond,
    counts: { candidate: none, stable: none, warmUp: none },
    errors: FRESH_STREAM,
    errorCurve: curveGrid(spec.rPass).map(() => 0),
    sloGuard: none,
    historyGuard: none,
    ...startLatency(spec, baseline),
    custom: Object.fromEntries(spec.custom.map((name) => [name, FRESH_STREAM])),
    ...(isCostJudged(spec, baseline) && { cost: startCost(spec, baseline) }),
    recentStable: [],
    shareEvidence: FRESH_SHARE_EVIDENCE,
    errorTicks: 0,
    highestLogOdds: 0,
    failedAt: null,
  };
}

function startLatency(spec: JudgeSpec, baseline: Baseline): LatencyState {
  const { latencyThresholdsMs: thresholds, latencySpreads: spreads } = baseline;
  const isJudged = spec.weights.latency > 0 && isLatencyMeasured(baseline);
  return startExceed(spec, isJudged ? { thresholds, spreads } : null);
}

const startCost = (spec: JudgeSpec, { cost }: Baseline): LatencyState =>
  startExceed(spec, cost ?? { thresholds: [], spreads: [] });

/** Without thresholds they are found as stable goes on; without anything known to be judged nothing is. */
function startExceed(spec: JudgeSpec, known: KnownQuantiles | null): LatencyState {
  return {
    latency: known === null ? [] : exceedStreams(known.thresholds, known.spreads),
    stableLatency: known?.thresholds.length === 0 ? [] : null,
    latencyCurve: passGrid(spec.rPass).map(() => 0),
    candidateLatencies: 0,
  };
}

/** Where stable has had next to no requests, it may yet turn out to be. */
const isLatencyMeasured = ({ latencyThresholdsMs, historyRequests }: Baseline): boolean =>
  latencyThresholdsMs.length > 0 || historyRequests < LATENCY_MIN_COUNT;

/** Work that is known to have cost nothing so far may yet turn out to cost something. */
const isCostJudged = ({ costTolerance, weights }: JudgeSpec, { cost }: Baseline): boolean =>
  costTolerance !== undefined && (weights.cost ?? 0) > 0 && cost !== undefined;

/** Derives what spec and baseline imply. */
export function judgePlan(spec: JudgeSpec, baseline: Baseline): JudgePlan {
  const { historyRequests, historyErrors } = baseline;
  const dispersion = baseline.dispersion ?? 1;
  const historyLimit = upperRateLimit({ trials: historyRequests, events: historyErrors }, dispersion);
  const sloLimit = sloGuardLimit(spec, baseline, historyLimit);
  return {
    margin: marginRatio(spec, baseline.requestsPerSecond),
    grid: curveGrid(spec.rPass),
    latencyGrid: passGrid(spec.rPass),
    dispersion,
    errorTicksNeeded: baseline.dispersion === null ? ERROR_TICKS_WITHOUT_HISTORY : 1,
    sloLimit,
    sloBets: guardBets(sloLimit, SLO_MULTIPLES),
    historyLimit,
    historyBets: historyLimit === null || historyLimit >= 1 ? [] : guardBets(historyLimit, HISTORY_MULTIPLES),
    weights: metricWeights(spec, baseline),
    batchMaxAgeMs: batchMaxAge(baseline.requestsPerSecond),
  };
}

/**
 * The promised error rate; where stable's own history clearly breaks that promise, stable's upper limit instead, so
 * that a candidate is not rolled back for being as bad as what it replaces.
 */
function sloGuardLimit(spec: JudgeSpec, baseline: Baseline, historyLimit: number | null): number {
  const history: EventCount = { trials: baseline.historyRequests, events: baseline.historyErrors };
  const isBroken = historyLimit !== null && isVetoed(history, spec.sloErrorRate, baseline.dispersion ?? 1);
  return isBroken ? Math.min(0.9, Math.max(historyLimit, spec.sloErrorRate)) : spec.sloErrorRate;
}

/** The weights of the metrics that exist, adding up to 1; fixed before the first tick, so the mixture stays fair. */
function metricWeights(spec: JudgeSpec, baseline: Baseline): JudgePlan['weights'] {
  const errors = spec.weights.errors;
  const latency = isLatencyMeasured(baseline) ? spec.weights.latency : 0;
  const custom = spec.custom.length > 0 ? spec.weights.custom : 0;
  const cost = isCostJudged(spec, baseline) ? (spec.weights.cost ?? 0) : 0;
  const all = errors + latency + custom + cost;
  return all > 0
    ? { errors: errors / all, latency: latency / all, custom: custom / all, cost: cost / all }
    : { errors: 1, latency: 0, custom: 0, cost: 0 };
}

/** Long enough for 200 requests of both arms, at least 5 min, at most a day. */
function batchMaxAge(requestsPerSecond: number): number {
  const forRequests = requestsPerSecond > 0 ? (BATCH_AGE_REQUESTS / requestsPerSecond) * 1000 : DAY_MS;
  return Math.min(DAY_MS, Math.max(BATCH_MIN_AGE_MS, forRequests));
}
