import { never } from '../kernel/assert.ts';
import type { Instant } from '../kernel/instant.ts';
import type { BackgroundMeasurement, MeasurementSpec } from './measurement-spec.ts';

/** How one measurement went; an error says nothing about the candidate. */
export type MeasurementOutcome = 'success' | 'failure' | 'inconclusive' | 'error';

/** One answer to a measurement that was due. */
export interface MeasurementResult {
  readonly name: string;
  /** The moment that it was due at; an answer to anything else is late and is dropped. */
  readonly dueAt: Instant;
  readonly at: Instant;
  readonly outcome: MeasurementOutcome;
  /** What was measured, for people. */
  readonly value: string;
  /** Why it is what it is, in one sentence. */
  readonly message: string;
}

/** How a measurement has gone so far. */
export interface MeasurementState {
  /** Null once it has ended. */
  readonly nextDueAt: Instant | null;
  readonly successes: number;
  readonly failures: number;
  readonly inconclusive: number;
  readonly errors: number;
  readonly consecutiveSuccesses: number;
  readonly consecutiveErrors: number;
  readonly last: Omit<MeasurementResult, 'name' | 'dueAt'> | null;
  readonly end: 'successful' | 'failed' | 'inconclusive' | null;
}

/** States by the names of measurements. */
export type MeasurementStates = Readonly<Record<string, MeasurementState>>;

/** An error is tried again after this, or sooner where the interval is shorter, in ms. */
const RETRY_MS = 10_000;

/** Begins what has not begun and takes in what was measured. */
export function observeMeasurements(
  states: MeasurementStates,
  specs: readonly MeasurementSpec[],
  results: readonly MeasurementResult[],
  at: Instant,
): MeasurementStates {
  if (specs.length === 0) return states;
  const next: Record<string, MeasurementState> = { ...states };
  for (const spec of specs) {
    const begun = next[spec.name] ?? { ...UNMEASURED, nextDueAt: at + spec.initialDelayMs };
    next[spec.name] = results.filter(({ name }) => name === spec.name).reduce(takenBy(spec), begun);
  }
  return next;
}

/** What is left when a step begins: what goes on beside the steps, but for what was not clear, which is asked anew. */
export function carriedOn(
  states: MeasurementStates,
  background: readonly BackgroundMeasurement[],
): MeasurementStates {
  const names = new Set(background.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(states).filter(([name, { end }]) => names.has(name) && end !== 'inconclusive'),
  );
}

/** A measurement of which nothing is known yet. */
export const UNMEASURED: MeasurementState = {
  nextDueAt: null,
  successes: 0,
  failures: 0,
  inconclusive: 0,
  errors: 0,
  consecutiveSuccesses: 0,
  consecutiveErrors: 0,
  last: null,
  end: null,
};

const takenBy =
  (spec: MeasurementSpec) =>
  (state: MeasurementState, result: MeasurementResult): MeasurementState => {
    if (state.nextDueAt === null || result.dueAt !== state.nextDueAt) return state;
    const { name: _name, dueAt: _dueAt, ...last } = result;
    const counted = { ...countedIn(state, result.outcome), last };
    const end = endOf(spec, counted);
    const waitMs =
      result.outcome === 'error'
        ? Math.min(spec.intervalMs || RETRY_MS, RETRY_MS)
        : spec.intervalMs || RETRY_MS;
    return { ...counted, end, nextDueAt: end === null ? result.at + waitMs : null };
  };

function countedIn(state: MeasurementState, outcome: MeasurementOutcome): MeasurementState {
  const answered = { ...state, consecutiveErrors: 0, consecutiveSuccesses: 0 };
  switch (outcome) {
    case 'success':
      return {
        ...answered,
        successes: state.successes + 1,
        consecutiveSuccesses: state.consecutiveSuccesses + 1,
      };
    case 'failure':
      return { ...answered, failures: state.failures + 1 };
    case 'inconclusive':
      return { ...answered, inconclusive: state.inconclusive + 1 };
    case 'error':
      return { ...answered, errors: state.errors + 1, consecutiveErrors: state.consecutiveErrors + 1 };
    default:
      return never(outcome, 'countedIn');
  }
}

/** The rules of Argo Rollouts for its limits (`analysis.go`, assessMetricStatus), but that errors never end one. */
function endOf(spec: MeasurementSpec, state: MeasurementState): MeasurementState['end'] {
  const { failureLimit, inconclusiveLimit, consecutiveSuccessLimit, count } = spec;
  if (failureLimit !== null && state.failures > failureLimit) return 'failed';
  if (inconclusiveLimit !== null && state.inconclusive > inconclusiveLimit) return 'inconclusive';
  if (consecutiveSuccessLimit !== null && state.consecutiveSuccesses >= consecutiveSuccessLimit)
    return 'successful';
  if (count === null || state.successes + state.failures + state.inconclusive < count) return null;
  if (consecutiveSuccessLimit === null) return 'successful';
  return failureLimit === null ? 'failed' : 'inconclusive';
}
