import type { Instant } from '../kernel/instant.ts';
import { type Batch, EMPTY_BATCH } from './batch.ts';
import { type LatencyState, observeLatency } from './exceed.ts';
import { VETO_WINDOW_MS, isVetoed } from './guard-evidence.ts';
import { evidenceOf, mayRollBack } from './judge-evidence.ts';
import { type JudgePlan, type JudgeState, judgePlan } from './judge-state.ts';
import { addCurveBatch } from './ratio-curve.ts';
import { type RatioStream, observeBatch, shortened } from './ratio-stream.ts';
import { addShareCounts } from './share-mismatch.ts';
import type { JudgeSpec } from './judge-spec.ts';
import type { ArmTick, EventCount, Tick } from './tick.ts';

/** What held while the ticks were counted. */
export interface ObservationContext {
  /** The candidate's configured share. */
  readonly shareBasisPoints: number;
  /** What part of the requests of both is to be the candidate's; the configured share when left out, 0 for unknown. */
  readonly expectedShareBasisPoints?: number;
  /** What the metrics provider complained of, when it gave no ticks. */
  readonly providerError?: string;
}

/** How fast the traffic estimate forgets, in milliseconds. */
const TRAFFIC_MEMORY_MS = 30_000;

/**
 * Folds ticks, oldest first, into the evidence. Ticks that were seen already are passed over, so that a repeated
 * call changes nothing; evidence is carried across steps of the split.
 */
export function observeTicks(
  state: JudgeState,
  ticks: readonly Tick[],
  context: ObservationContext,
): JudgeState {
  const plan = judgePlan(state.spec, state.baseline);
  const fresh = ticks.filter((tick) => state.observedUntil === null || tick.at >= state.observedUntil);
  if (fresh.length === 0) {
    const providerError = context.providerError ?? state.providerError;
    return { ...state, providerError, shareBasisPoints: context.shareBasisPoints };
  }
  const begun = { ...state, shareBasisPoints: context.shareBasisPoints, providerError: null };
  // The share may have changed since the last look, and with it what the evidence allows.
  const looked = state.observedUntil === null ? begun : decide(begun, state.observedUntil, plan);
  const expected = context.expectedShareBasisPoints ?? context.shareBasisPoints;
  return fresh.reduce<JudgeState>((folded, tick) => observeTick(folded, tick, plan, expected), looked);
}

function observeTick(state: JudgeState, tick: Tick, plan: JudgePlan, expectedShare: number): JudgeState {
  if (state.observedUntil !== null && tick.at < state.observedUntil) return state;
  const counted = {
    ...observeGuards(countTick(state, tick, expectedShare), tick, plan),
    ...observeLatency(state, tick, { ...plan, ...state.spec }),
    ...(state.cost && { cost: observeCost(state.cost, tick, { ...state.spec, ...plan }) }),
  };
  if (tick.warmingUp) return decide(counted, tick.at + tick.durationMs, plan);
  const errors = observeErrors(state, tick, plan);
  const judged = { ...counted, ...errors, custom: observeCustom(state, tick, plan) };
  return canRaise(state, tick) ? decide(judged, tick.at + tick.durationMs, plan) : judged;
}

/** Cost is weighed as latency is, with a tolerance of its own. */
function observeCost(state: LatencyState, tick: Tick, terms: JudgePlan & JudgeSpec): LatencyState {
  const costOf = (arm: ArmTick): ArmTick => ({ ...arm, latency: arm.cost ?? [] });
  const asLatency = { ...tick, candidate: costOf(tick.candidate), stable: costOf(tick.stable) };
  const toleranceRatio = terms.costTolerance ?? 1;
  return observeLatency(state, asLatency, { ...terms, latencyToleranceMs: 0, toleranceRatio });
}

/** Evidence against falls without an event of the candidate, so looking is spared in most ticks of a quiet service. */
function canRaise({ errors, latency, cost, custom }: JudgeState, tick: Tick): boolean {
  const hasOthers =
    latency.length > 0 ||
    (cost?.latency.length ?? 0) > 0 ||
    tick.custom !== undefined ||
    Object.keys(custom).length > 0;
  return tick.candidate.errors > 0 || (errors.pending?.candidateEvents ?? 0) > 0 || hasOthers;
}

/** Keeps the rollback that evidence has earned at any look: the bound holds for the highest evidence ever seen. */
function decide(state: JudgeState, at: Instant, plan: JudgePlan): JudgeState {
  const evidence = evidenceOf(state, plan);
  const failed = mayRollBack(evidence, state.spec.alpha, state.shareBasisPoints);
  return {
    ...state,
    highestLogOdds: Math.max(state.highestLogOdds, evidence.all),
    failedAt: state.failedAt ?? (failed ? at : null),
  };
}

function countTick(state: JudgeState, tick: Tick, expectedShare: number): JudgeState {
  const { candidate, stable } = tick;
  const kept = Math.exp(-tick.durationMs / TRAFFIC_MEMORY_MS);
  const rate = ((candidate.requests + stable.requests) * 1000) / Math.max(1, tick.durationMs);
  const startedAt = state.startedAt ?? tick.at;
  const since = tick.at + tick.durationMs - VETO_WINDOW_MS - startedAt;
  const recent = state.recentStable.filter(([at]) => at >= since);
  const { counts } = state;
  return {
    ...state,
    startedAt,
    observedUntil: tick.at + tick.durationMs,
    lastCandidateRequestAt: candidate.requests > 0 ? tick.at : state.lastCandidateRequestAt,
    requestsPerSecond: kept * state.requestsPerSecond + (1 - kept) * rate,
    recentStable:
      stable.requests > 0 ? [...recent, [tick.at - startedAt, stable.requests, stable.errors]] : recent,
    errorTicks: state.errorTicks + (candidate.errors > 0 ? 1 : 0),
    counts: tick.warmingUp
      ? { ...counts, warmUp: addCount(counts.warmUp, candidate) }
      : {
          ...counts,
          candidate: addCount(counts.candidate, candidate),
          stable: addCount(counts.stable, stable),
        },
    shareEvidence: addShareCounts(state.shareEvidence, {
      candidate: candidate.requests,
      stable: stable.requests,
      shareBasisPoints: expectedShare,
    }),
  };
}

const addCount = (count: EventCount, arm: { requests: number; errors: number }): EventCount => ({
  trials: count.trials + arm.requests,
  events: count.events + arm.errors,
});

function observeGuards(state: JudgeState, tick: Tick, plan: JudgePlan): JudgeState {
  if (tick.candidate.requests === 0) return state;
  const recent = state.recentStable.reduce(
    (sum, [, requests, errors]) => ({ trials: sum.trials + requests, events: sum.events + errors }),
    { trials: 0, events: 0 },
  );
  const slo = !isVetoed(recent, plan.sloLimit, plan.dispersion);
  const history =
    plan.historyLimit !== null && !tick.warmingUp && !isVetoed(recent, plan.historyLimit, plan.dispersion);
  return {
    ...state,
    sloGuard: slo ? addCount(state.sloGuard, tick.candidate) : state.sloGuard,
    historyGuard: history ? addCount(state.historyGuard, tick.candidate) : state.historyGuard,
  };
}

function observeErrors(
  state: JudgeState,
  tick: Tick,
  plan: JudgePlan,
): Pick<JudgeState, 'errors' | 'errorCurve'> {
  const { stream, closed } = observeBatch(state.errors, errorBatch(tick), tick.at, plan);
  if (closed === null || closed.candidateEvents + closed.stableEvents === 0)
    return { errors: stream, errorCurve: state.errorCurve };
  const errorCurve = [...state.errorCurve];
  addCurveBatch(errorCurve, plan.grid, closed, plan.dispersion);
  return { errors: stream, errorCurve: errorCurve.map(shortened) };
}

const errorBatch = ({ candidate, stable }: Tick): Batch => ({
  candidateTrials: candidate.requests,
  candidateEvents: candidate.errors,
  stableTrials: stable.requests,
  stableEvents: stable.errors,
});

function observeCustom(state: JudgeState, tick: Tick, plan: JudgePlan): JudgeState['custom'] {
  if (tick.custom === undefined) return state.custom;
  const streams: Record<string, RatioStream> = {};
  for (const [name, before] of Object.entries(state.custom)) {
    const count = tick.custom?.[name];
    const batch: Batch =
      count === undefined
        ? EMPTY_BATCH
        : {
            candidateTrials: count.candidate.trials,
            candidateEvents: count.candidate.events,
            stableTrials: count.stable.trials,
            stableEvents: count.stable.events,
          };
    streams[name] = observeBatch(before, batch, tick.at, plan).stream;
  }
  return streams;
}
