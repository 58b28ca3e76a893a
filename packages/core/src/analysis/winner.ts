import { formatCount, formatPercent } from './explain-judgement.ts';
import { nextBoundary, obrienFlemingSpending } from './group-sequential.ts';
import { normalMixtureBoundary } from './normal-mixture.ts';
import { normalUpperTail } from './normal-distribution.ts';
import type { EventCount } from './tick.ts';

/** How a winner between two arms is chosen; fixed at the start. */
export interface WinnerSpec {
  /** Two-sided error probability, for example 0.05 for significance 0.95. */
  readonly alpha: number;
  /** Trials of both arms together at which it ends; null: no end is planned, a weaker test is used. */
  readonly maxSamples: number | null;
  /** How often it is looked at until then, at even steps. */
  readonly looks: number;
  /** Whether events are wanted (sales) or not (failures). */
  readonly goal: 'more-events' | 'fewer-events';
}

/** A look that was taken: how far, what was needed and what was found. */
export interface WinnerLook {
  /** The part of `maxSamples` that was seen, 0 to 1. */
  readonly fraction: number;
  readonly boundary: number;
  /** Positive when the candidate is ahead. */
  readonly z: number;
}

/** Plain JSON; stored with the experiment. */
export interface WinnerState {
  readonly spec: WinnerSpec;
  readonly candidate: EventCount;
  readonly stable: EventCount;
  readonly looks: readonly WinnerLook[];
  readonly outcome: 'candidate' | 'stable' | 'none' | 'undecided';
}

/** Who won, if anyone, with reasons. */
export interface WinnerVerdict {
  readonly winner: WinnerState['outcome'];
  /** The candidate's rate minus stable's; null while an arm has no trial. */
  readonly difference: number | null;
  readonly sentences: readonly string[];
}

/** Two-sided 0.05, ten looks (judge.md 5.4). */
export const DEFAULT_WINNER_SPEC: WinnerSpec = {
  alpha: 0.05,
  maxSamples: null,
  looks: 10,
  goal: 'more-events',
};
/** Fewer events, or fewer trials without one, in an arm make the normal approximation wrong. */
const MIN_EVENTS = 30;
/** Without a planned end the test is tuned to be sharpest at so many trials. */
const SHARPEST_AT_SAMPLES = 10_000;

/** The state before the first trial. */
export function startWinner(spec: WinnerSpec): WinnerState {
  const none: EventCount = { trials: 0, events: 0 };
  return { spec, candidate: none, stable: none, looks: [], outcome: 'undecided' };
}

/** Trials and events that came in for both arms. */
export interface WinnerCounts {
  readonly candidate: EventCount;
  readonly stable: EventCount;
}

/** Trials and events that came in for both arms. */
export interface WinnerCounts {
  readonly candidate: EventCount;
  readonly stable: EventCount;
}

/** Adds trials and takes the look that is due, if one is; once decided, only the counts go on. */
export function observeWinner(state: WinnerState, added: WinnerCounts): WinnerState {
  const counted = {
    ...state,
    candidate: add(state.candidate, added.candidate),
    stable: add(state.stable, added.stable),
  };
  if (state.outcome !== 'undecided') return counted;
  return state.spec.maxSamples === null ? lookAnytime(counted) : lookWhenDue(counted, state.spec.maxSamples);
}

/** Reads the verdict. */
export function winner(state: WinnerState): WinnerVerdict {
  const { candidate, stable } = state;
  const hasBoth = candidate.trials > 0 && stable.trials > 0;
  return {
    winner: state.outcome,
    difference: hasBoth ? candidate.events / candidate.trials - stable.events / stable.trials : null,
    sentences: sentencesOf(state),
  };
}

const add = (left: EventCount, right: EventCount): EventCount => ({
  trials: left.trials + right.trials,
  events: left.events + right.events,
});

function lookWhenDue(state: WinnerState, maxSamples: number): WinnerState {
  const fraction = Math.min(1, (state.candidate.trials + state.stable.trials) / maxSamples);
  const last = state.looks.at(-1)?.fraction ?? 0;
  const isDue = Math.floor(fraction * state.spec.looks + 1e-9) > Math.floor(last * state.spec.looks + 1e-9);
  if (!isDue || !hasEnough(state)) return state;
  const spending = obrienFlemingSpending(state.spec.alpha / 2);
  const boundary = nextBoundary(state.looks, fraction, { spending, sides: 2 });
  const z = advantage(state);
  const looked = { ...state, looks: [...state.looks, { fraction, boundary, z }] };
  if (Math.abs(z) >= boundary) return { ...looked, outcome: z > 0 ? 'candidate' : 'stable' };
  return fraction >= 1 ? { ...looked, outcome: 'none' } : looked;
}

function lookAnytime(state: WinnerState): WinnerState {
  if (!hasEnough(state)) return state;
  const z = advantage(state);
  const trials = state.candidate.trials + state.stable.trials;
  const boundary = normalMixtureBoundary(trials, state.spec.alpha, SHARPEST_AT_SAMPLES) / Math.sqrt(trials);
  if (Math.abs(z) < boundary) return state;
  return { ...state, looks: [{ fraction: 0, boundary, z }], outcome: z > 0 ? 'candidate' : 'stable' };
}

function hasEnough({ candidate, stable }: WinnerState): boolean {
  return [candidate, stable].every(
    ({ trials, events }) => events >= MIN_EVENTS && trials - events >= MIN_EVENTS,
  );
}

/** The pooled two-proportion z, positive when the candidate is ahead. */
function advantage({ candidate, stable, spec }: WinnerState): number {
  const rate = (candidate.events + stable.events) / (candidate.trials + stable.trials);
  const deviation = Math.sqrt(rate * (1 - rate) * (1 / candidate.trials + 1 / stable.trials));
  const difference = candidate.events / candidate.trials - stable.events / stable.trials;
  return (spec.goal === 'fewer-events' ? -difference : difference) / deviation;
}

function sentencesOf(state: WinnerState): readonly string[] {
  const { candidate, stable } = state;
  const counts = `${describe(candidate)} on the candidate, ${describe(stable)} on stable.`;
  return [headline(state), counts, planSentence(state)].filter((sentence) => sentence !== null);
}

const describe = ({ events, trials }: EventCount): string =>
  `${formatCount(events)} of ${formatCount(trials)}${trials > 0 ? ` (${formatPercent(events / trials)})` : ''}`;

function headline(state: WinnerState): string {
  const significance = formatPercent(1 - state.spec.alpha);
  switch (state.outcome) {
    case 'candidate':
      return `The candidate wins at significance ${significance}.`;
    case 'stable':
      return `Stable wins at significance ${significance}.`;
    case 'none':
      return `All planned trials are in and neither wins at significance ${significance}.`;
    case 'undecided':
      return hasEnough(state)
        ? 'No winner yet.'
        : `No winner is named before each arm has ${MIN_EVENTS} events and ${MIN_EVENTS} trials without one.`;
  }
}

function planSentence(state: WinnerState): string | null {
  const look = state.looks.at(-1);
  const { maxSamples } = state.spec;
  const found =
    look === undefined
      ? null
      : `At the last look z was ${look.z.toFixed(2)} (p ${(2 * normalUpperTail(Math.abs(look.z))).toPrecision(2)}), and ${look.boundary.toFixed(2)} was needed.`;
  if (state.outcome !== 'undecided' || maxSamples === null) return found;
  const left = maxSamples - state.candidate.trials - state.stable.trials;
  const ending = left > 0 ? `It ends after ${formatCount(left)} more trials.` : null;
  return [found, ending].filter((sentence) => sentence !== null).join(' ') || null;
}
