import type { Baseline } from '../analysis/baseline.ts';
import { merge, mergeAll, type SparseHistogram } from '../analysis/histogram.ts';
import { startJudge, type JudgeState } from '../analysis/judge-state.ts';
import { observeTicks } from '../analysis/observe-ticks.ts';
import { observeCriteria, startCriteria, type CriteriaState } from '../analysis/thresholds.ts';
import type { ArmTick, EventCount, Tick } from '../analysis/tick.ts';
import {
  DEFAULT_WINNER_SPEC,
  observeWinner,
  startWinner,
  type WinnerCounts,
  type WinnerState,
} from '../analysis/winner.ts';
import type { Instant } from '../kernel/instant.ts';
import type { ExpressionResult } from './observation.ts';
import { carriedOn, type MeasurementResult, type MeasurementStates } from './measurement-state.ts';
import type { BackgroundMeasurement } from './measurement-spec.ts';
import type { Plan } from './plan.ts';
import type { Step } from './step.ts';

/** What came in at one look. */
export interface EvidenceBatch {
  /** What the provider said instead of data; null when it answered. */
  readonly providerError: string | null;
  readonly ticks: readonly Tick[];
  readonly cursor: Instant;
  readonly expressions: readonly ExpressionResult[];
  readonly measured: readonly MeasurementResult[];
  /** The candidate's share, or its mirror's, while the ticks were counted. */
  readonly shareBasisPoints: number;
  /**
   * What part of the requests of both the candidate was to have, by the split that the router has confirmed; in basis
   * points, 0 where nothing can be expected.
   */
  readonly expectedShareBasisPoints: number;
  /** Until when the candidate's instances that have been seen so far warm up. */
  readonly warmUntil: Instant;
}

/** Sums over the whole rollout, for people. */
export interface ArmTotals {
  readonly requests: number;
  readonly errors: number;
  readonly latency: SparseHistogram;
  /** What they cost; left out where nobody counts it. */
  readonly cost?: SparseHistogram;
  /** Bad events of the custom metrics by their names. */
  readonly custom?: Readonly<Record<string, EventCount>>;
}

/** How often an expression was looked at and found false in the present step. */
export interface ExpressionState {
  readonly windows: number;
  readonly violations: number;
  readonly detail: string;
}

/** Evidence of the present step only. */
export interface StepEvidence {
  /** Whether time counts before the candidate's first request as well: after a switch silence harms nobody. */
  readonly isSilenceCounted: boolean;
  /** Time that counts: the provider answered, and the candidate was not warming up. */
  readonly observedMs: number;
  /** For how long the candidate has been warming up without a break. */
  readonly coldMs: number;
  /** For how long the provider has answered without a tick to show; added up, as a clock that is set back spares nobody. */
  readonly blindMs: number;
  /** The candidate's requests in the time that counts. */
  readonly candidateRequests: number;
  readonly criteria: CriteriaState;
  readonly expressions: readonly ExpressionState[];
  readonly winner: WinnerState | null;
}

/** Everything that is known for and against a candidate; it is stored with the rollout, so a restart loses none. */
export interface Evidence {
  readonly baseline: Baseline;
  readonly judge: JudgeState;
  /** Where the next look goes on. */
  readonly cursor: Instant;
  readonly provider:
    | { readonly state: 'answering' }
    | { readonly state: 'failing'; readonly since: Instant; readonly message: string };
  /** Until when the candidate's instances that have been seen so far warm up; 0 before the first. */
  readonly warmUntil: Instant;
  /** The candidate's last request; null before its first. */
  readonly lastRequestAt: Instant | null;
  /** The end of the last tick. */
  readonly seenUntil: Instant;
  /** When the provider last answered. */
  readonly answeredAt: Instant;
  /** How long the provider has been failing by its own clockless count of looks. */
  readonly failedLooks: number;
  readonly candidate: ArmTotals;
  readonly stable: ArmTotals;
  /** Of the present step, and of what is measured beside the steps. */
  readonly measurements: MeasurementStates;
  readonly step: StepEvidence;
}

const NOTHING: ArmTotals = { requests: 0, errors: 0, latency: [] };
const NO_STEP: StepEvidence = {
  isSilenceCounted: false,
  observedMs: 0,
  coldMs: 0,
  blindMs: 0,
  candidateRequests: 0,
  criteria: startCriteria([]),
  expressions: [],
  winner: null,
};

/** A baseline of which nothing is known. */
export const EMPTY_BASELINE: Baseline = {
  requestsPerSecond: 0,
  errorRate: null,
  historyRequests: 0,
  historyErrors: 0,
  dispersion: null,
  latencyThresholdsMs: [],
  latencySpreads: [],
};

/** Begins with no evidence at all; ticks before `at` are not the candidate's. */
export const startEvidence = (plan: Plan, baseline: Baseline, at: Instant): Evidence => ({
  baseline,
  judge: startJudge(plan.analysis.judge, baseline),
  cursor: Math.floor(at / 1000) * 1000,
  provider: { state: 'answering' },
  warmUntil: 0,
  lastRequestAt: null,
  seenUntil: at,
  answeredAt: at,
  failedLooks: 0,
  candidate: NOTHING,
  stable: NOTHING,
  measurements: {},
  step: NO_STEP,
});

/** Forgets what belonged to the step before; the judge's evidence is carried on, and what is measured beside the steps. */
export function beginStepEvidence(
  evidence: Evidence,
  step: Step | undefined,
  background: readonly BackgroundMeasurement[],
): Evidence {
  const criteria = step?.kind === 'judge' || step?.kind === 'settle' ? step.criteria : [];
  const winner = step?.kind === 'judge' ? step.winner : null;
  return {
    ...evidence,
    measurements: carriedOn(evidence.measurements, background),
    step: {
      ...NO_STEP,
      isSilenceCounted: step?.kind === 'settle',
      criteria: startCriteria(criteria),
      winner:
        winner &&
        startWinner({
          ...DEFAULT_WINNER_SPEC,
          alpha: 1 - winner.significance,
          maxSamples: winner.maxSamples,
        }),
    },
  };
}

/** Of silence so much is noted at a time, in ms: an answer without a tick is otherwise no news. */
const SILENCE_NOTED_MS = 5_000;

/**
 * Whether an answer changes what is known. Silence that is counted is noted now and then, as a limit is set to it; where
 * nobody counts requests it means nothing.
 */
export function isNews(
  { provider, cursor, warmUntil, answeredAt }: Evidence,
  batch: EvidenceBatch,
  { at, isCounted }: { readonly at: Instant; readonly isCounted: boolean },
): boolean {
  if (batch.providerError !== null || provider.state === 'failing') return true;
  if (batch.ticks.length > 0 || batch.expressions.length > 0 || batch.measured.length > 0) return true;
  if (batch.cursor !== cursor || batch.warmUntil !== warmUntil) return true;
  // A clock that was set back is noted too, or the silence after it would not be counted.
  return isCounted && !(at >= answeredAt && at - answeredAt < SILENCE_NOTED_MS);
}

/** Folds what came in at one look, at `at`. */
export function observeBatch(evidence: Evidence, batch: EvidenceBatch, at: Instant): Evidence {
  if (batch.providerError !== null) return providerFailed(evidence, batch.providerError);
  const { ticks } = batch;
  const last = ticks.at(-1);
  return {
    ...evidence,
    judge: observeTicks(evidence.judge, ticks, {
      shareBasisPoints: batch.shareBasisPoints,
      expectedShareBasisPoints: batch.expectedShareBasisPoints,
    }),
    cursor: batch.cursor,
    provider: { state: 'answering' },
    failedLooks: 0,
    warmUntil: batch.warmUntil,
    lastRequestAt: ticks.findLast((tick) => tick.candidate.requests > 0)?.at ?? evidence.lastRequestAt,
    answeredAt: at,
    seenUntil: last ? last.at + last.durationMs : evidence.seenUntil,
    candidate: added(evidence.candidate, ticks, 'candidate'),
    stable: added(evidence.stable, ticks, 'stable'),
    step: observeStep(evidence.step, batch, Math.max(0, at - evidence.answeredAt)),
  };
}

function providerFailed(evidence: Evidence, message: string): Evidence {
  const since = evidence.provider.state === 'failing' ? evidence.provider.since : evidence.seenUntil;
  return {
    ...evidence,
    provider: { state: 'failing', since, message },
    failedLooks: evidence.failedLooks + 1,
  };
}

function added(sum: ArmTotals, ticks: readonly Tick[], side: 'candidate' | 'stable'): ArmTotals {
  const arms = ticks.map((tick): ArmTick => tick[side]);
  const cost = mergeAll(arms.flatMap((arm) => (arm.cost ? [arm.cost] : [])));
  const custom = ticks.reduce((counts, tick) => addedCustom(counts, tick, side), sum.custom);
  return {
    requests: arms.reduce((total, arm) => total + arm.requests, sum.requests),
    errors: arms.reduce((total, arm) => total + arm.errors, sum.errors),
    latency: merge(sum.latency, mergeAll(arms.map((arm) => arm.latency))),
    ...(sum.cost || cost.length > 0 ? { cost: merge(sum.cost ?? [], cost) } : {}),
    ...(custom && { custom }),
  };
}

/** Goals are counted apart, by the step that looks for a winner. */
function addedCustom(
  sums: ArmTotals['custom'],
  { custom = {} }: Tick,
  side: 'candidate' | 'stable',
): ArmTotals['custom'] {
  const counted = Object.entries(custom).filter(
    ([name, counts]) => name !== 'goal' && counts[side].trials > 0,
  );
  if (counted.length === 0) return sums;
  const next: Record<string, EventCount> = { ...sums };
  for (const [name, counts] of counted) {
    const { trials = 0, events = 0 } = next[name] ?? {};
    next[name] = { trials: trials + counts[side].trials, events: events + counts[side].events };
  }
  return next;
}

/** @param sinceAnswerMs since the provider answered before */
function observeStep(
  step: StepEvidence,
  { ticks, expressions }: EvidenceBatch,
  sinceAnswerMs: number,
): StepEvidence {
  // A cold start is neither evidence nor a broken limit (judge.md 5.1), so it takes none of the step's time either.
  const warm = ticks.filter((tick) => !tick.warmingUp);
  const hasBegun = step.isSilenceCounted || step.candidateRequests > 0;
  const from = hasBegun ? 0 : warm.findIndex((tick) => tick.candidate.requests > 0);
  const counted = from < 0 ? [] : warm.slice(from);
  return {
    isSilenceCounted: step.isSilenceCounted,
    observedMs: step.observedMs + counted.reduce((sum, tick) => sum + tick.durationMs, 0),
    blindMs: ticks.length > 0 ? 0 : step.blindMs + sinceAnswerMs,
    candidateRequests: counted.reduce((sum, tick) => sum + tick.candidate.requests, step.candidateRequests),
    coldMs: ticks.reduce((sum, tick) => (tick.warmingUp ? sum + tick.durationMs : 0), step.coldMs),
    criteria: observeCriteria(step.criteria, counted),
    expressions: expressions.reduce(observeExpression, step.expressions),
    winner: step.winner && counted.flatMap(goalOf).reduce(observeWinner, step.winner),
  };
}

function goalOf(tick: Tick): readonly WinnerCounts[] {
  const goal = tick.custom?.['goal'];
  return goal ? [goal] : [];
}

function observeExpression(
  states: readonly ExpressionState[],
  result: ExpressionResult,
): readonly ExpressionState[] {
  const next = [...states];
  while (next.length <= result.index) next.push({ windows: 0, violations: 0, detail: '' });
  const before = next[result.index];
  if (!before || result.outcome === 'no-data') return next;
  next[result.index] = {
    windows: before.windows + 1,
    violations: before.violations + (result.outcome === 'violated' ? 1 : 0),
    detail: result.outcome === 'violated' ? result.detail : before.detail,
  };
  return next;
}
