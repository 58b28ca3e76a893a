import { formatDuration } from '../kernel/duration.ts';
import type { Instant } from '../kernel/instant.ts';
import { formatCount, formatPercent } from './explain-judgement.ts';
import { countAbove, total, valueOf } from './histogram.ts';
import type { ArmTick, Tick } from './tick.ts';

/** What a criterion looks at; quantiles and mean are latencies of the candidate in milliseconds. */
export type CriterionMetric = 'errors' | 'p50' | 'p90' | 'p95' | 'p99' | 'mean';

/** A hard limit on the candidate, as in `errors: "< 0.1%"` or `p95: "< 200ms"`. */
export interface Criterion {
  readonly metric: CriterionMetric;
  readonly op: '<' | '<=' | '>' | '>=';
  /** A fraction for errors, milliseconds for the others. */
  readonly value: number;
  /** The length of the disjoint windows in which it must hold, in milliseconds. */
  readonly windowMs: number;
  /** How many windows may fail in all; one more violates the criterion. */
  readonly failureLimit: number;
}

/** The open window of one criterion, and what the closed ones gave; plain JSON. */
export interface CriterionState {
  readonly criterion: Criterion;
  readonly windowStart: Instant | null;
  /** Requests for errors, measured latencies for the others. */
  readonly trials: number;
  /** Errors, or latencies above the value; for a mean the sum of the latencies. */
  readonly amount: number;
  readonly windowsOk: number;
  readonly windowsFailed: number;
  readonly windowsEmpty: number;
  /** What the last failing window was like, in words. */
  readonly lastFailure: string | null;
}

/** The state of a list of criteria, in its order; plain JSON. */
export interface CriteriaState {
  /** The end of the last tick; ticks that start earlier were seen already and are passed over. */
  readonly observedUntil: Instant | null;
  readonly criteria: readonly CriterionState[];
}

/** Where one criterion stands; no data is never a violation. */
export interface CriterionOutcome {
  readonly criterion: Criterion;
  readonly outcome: 'ok' | 'violated' | 'no-data';
  readonly sentence: string;
}

const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** The state before the first tick. */
export function startCriteria(criteria: readonly Criterion[]): CriteriaState {
  return { observedUntil: null, criteria: criteria.map(startCriterion) };
}

/** Folds ticks, oldest first, into disjoint windows; ticks that were seen already are passed over. */
export function observeCriteria(state: CriteriaState, ticks: readonly Tick[]): CriteriaState {
  return ticks.reduce((folded, tick) => {
    if (folded.observedUntil !== null && tick.at < folded.observedUntil) return folded;
    return {
      observedUntil: tick.at + tick.durationMs,
      criteria: folded.criteria.map((criterion) => observeTick(criterion, tick)),
    };
  }, state);
}

/** Where each criterion stands after the windows that are complete. */
export function criteriaOutcomes(state: CriteriaState): readonly CriterionOutcome[] {
  return state.criteria.map(outcomeOf);
}

/** Writes a criterion as people do: `errors < 0.1 %`, `p95 < 200 ms`. */
export function formatCriterion({ metric, op, value }: Criterion): string {
  return `${metric} ${op} ${metric === 'errors' ? formatPercent(value) : `${value} ms`}`;
}

/** A window ends with the tick that reaches its length; windows are counted from the first tick. */
function observeTick(state: CriterionState, tick: Tick): CriterionState {
  const { criterion } = state;
  const windowStart = state.windowStart ?? tick.at;
  const added = { ...state, windowStart, ...addArm(state, tick.candidate) };
  const end = tick.at + tick.durationMs;
  return end - windowStart >= criterion.windowMs ? closeWindow(added, end) : added;
}

function addArm(state: CriterionState, arm: ArmTick): Pick<CriterionState, 'trials' | 'amount'> {
  const { metric, value } = state.criterion;
  if (metric === 'errors') return { trials: state.trials + arm.requests, amount: state.amount + arm.errors };
  const amount =
    metric === 'mean'
      ? arm.latency.reduce((sum, [bucket, count]) => sum + valueOf(bucket) * count, 0)
      : countAbove(arm.latency, value);
  return { trials: state.trials + total(arm.latency), amount: state.amount + amount };
}

function closeWindow(state: CriterionState, nextStart: Instant): CriterionState {
  const next = { ...state, windowStart: nextStart, trials: 0, amount: 0 };
  if (state.trials === 0) return { ...next, windowsEmpty: state.windowsEmpty + 1 };
  if (holds(state.criterion, state.trials, state.amount)) return { ...next, windowsOk: state.windowsOk + 1 };
  return { ...next, windowsFailed: state.windowsFailed + 1, lastFailure: describeWindow(state) };
}

/**
 * Whether a window meets its criterion. A quantile is at most the value when few enough latencies lie above its
 * bucket, so that only a count is kept; at the resolution of the buckets (1 %) `<` and `<=` are the same there.
 */
function holds({ metric, op, value }: Criterion, trials: number, amount: number): boolean {
  if (metric === 'errors' || metric === 'mean') return compare(amount / trials, op, value);
  const isWithin = amount <= allowedAbove(metric, trials);
  return op === '<' || op === '<=' ? isWithin : !isWithin;
}

/** How many of so many latencies may exceed a value that the quantile (by nearest rank) must not exceed. */
export function allowedAbove(metric: keyof typeof QUANTILES, trials: number): number {
  return trials - Math.ceil(QUANTILES[metric] * trials - 1e-9);
}

/** Compares as a criterion does. */
export function compare(left: number, op: Criterion['op'], right: number): boolean {
  switch (op) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function describeWindow({ criterion, trials, amount }: CriterionState): string {
  const { metric, value } = criterion;
  const of = `of ${formatCount(trials)} requests`;
  if (metric === 'errors') return `${formatCount(amount)} ${of} failed (${formatPercent(amount / trials)})`;
  if (metric === 'mean') return `the mean ${of} was ${(amount / trials).toPrecision(3)} ms`;
  return `${formatPercent(amount / trials)} ${of} took longer than ${value} ms`;
}

function startCriterion(criterion: Criterion): CriterionState {
  return {
    criterion,
    windowStart: null,
    trials: 0,
    amount: 0,
    windowsOk: 0,
    windowsFailed: 0,
    windowsEmpty: 0,
    lastFailure: null,
  };
}

function outcomeOf(state: CriterionState): CriterionOutcome {
  const { criterion, windowsOk, windowsFailed } = state;
  if (windowsFailed > criterion.failureLimit) {
    return { criterion, outcome: 'violated', sentence: violatedSentence(state) };
  }
  if (windowsOk + windowsFailed === 0) {
    return { criterion, outcome: 'no-data', sentence: noDataSentence(state) };
  }
  const windows = `${windowsOk} of ${windowsOk + windowsFailed} ${describeWindows(criterion)}`;
  return { criterion, outcome: 'ok', sentence: `${formatCriterion(criterion)} held in ${windows}.` };
}

const describeWindows = ({ windowMs }: Criterion): string => `windows of ${formatDuration(windowMs)}`;

function violatedSentence({ criterion, windowsOk, windowsFailed, lastFailure }: CriterionState): string {
  const allowed = criterion.failureLimit === 0 ? 'none may' : `${criterion.failureLimit} may`;
  const windows = `${windowsFailed} of ${windowsOk + windowsFailed} ${describeWindows(criterion)}`;
  return `${formatCriterion(criterion)} failed in ${windows} (${allowed}): ${lastFailure ?? 'no figures'}.`;
}

function noDataSentence({ criterion, windowsEmpty }: CriterionState): string {
  const windows = describeWindows(criterion);
  const why = windowsEmpty > 0 ? `${windowsEmpty} ${windows} had no requests` : `no ${windows} is complete`;
  return `${formatCriterion(criterion)} could not be checked: ${why.replace('no windows', 'no window')}.`;
}
