import { poissonUpperTail } from './count-tails.ts';
import { logMeanExp } from './log-sum-exp.ts';
import type { EventCount } from './tick.ts';

/**
 * Guards (judge.md 3.2): bets that the candidate's error rate is above a fixed limit, whatever stable does now. They
 * see a regression sooner than RATIO, but only as surely as the past is like the present; so they are vetoed while
 * the concurrent stable traffic is bad itself, and above half of the traffic they may only hold.
 */

/** The multiples of the promised error rate betted on, with equal weights. */
export const SLO_MULTIPLES: readonly number[] = [1.25, 1.5, 2, 3, 5, 10, 20, 50];
/** The multiples of stable's upper limit betted on, with equal weights. */
export const HISTORY_MULTIPLES: readonly number[] = [1.5, 2, 3, 5, 10, 20, 50, 150];

/** How long stable's recent traffic can veto the guards, in milliseconds. */
export const VETO_WINDOW_MS = 60_000;
/** Stable counts as bad when so many errors would be rarer than this at the guard's limit. */
const VETO_PROBABILITY = 0.01;
/** The one-sided normal quantile of 99 %. */
const Z_99 = 2.3263478740408408;

/** One bet of a guard: what an event and what a trial without one add to its log evidence. */
export interface GuardBet {
  readonly perEvent: number;
  readonly perSuccess: number;
}

/** The bets of a guard for a limit between 0 and 1; multiples that would reach 1 are kept just below it. */
export function guardBets(limit: number, multiples: readonly number[]): readonly GuardBet[] {
  const highest = 1 - (1 - limit) / 50;
  return multiples.map((multiple) => {
    const rate = Math.min(highest, limit * multiple);
    return { perEvent: Math.log(rate / limit), perSuccess: Math.log1p(-rate) - Math.log1p(-limit) };
  });
}

/** ln of the guard's evidence after so many trials and events. */
export function logGuardEvidence(bets: readonly GuardBet[], count: EventCount, dispersion: number): number {
  if (count.trials === 0 || bets.length === 0) return 0;
  const { events, trials } = count;
  return logMeanExp(
    bets.map((bet) => (events * bet.perEvent + (trials - events) * bet.perSuccess) / dispersion),
  );
}

/** Whether stable, with so many errors in the last minute, is itself worse than the limit (judge.md 3.2). */
export function isVetoed(recentStable: EventCount, limit: number, dispersion: number): boolean {
  const events = Math.floor(recentStable.events / dispersion);
  const expected = (recentStable.trials * limit) / dispersion;
  return events > expected && poissonUpperTail(expected, events) < VETO_PROBABILITY;
}

/**
 * The 99 % upper limit of a rate after `events` among `trials`, a fraction: Garwood's limit by the approximation of
 * Wilson and Hilferty, at most 1; null without trials.
 */
export function upperRateLimit(count: EventCount, dispersion: number): number | null {
  if (count.trials <= 0) return null;
  const shape = count.events / dispersion + 1;
  const cube = (1 - 1 / (9 * shape) + Z_99 / (3 * Math.sqrt(shape))) ** 3;
  return Math.min(1, (shape * cube) / (count.trials / dispersion));
}
