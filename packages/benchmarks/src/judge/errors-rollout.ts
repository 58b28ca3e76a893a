import type { Baseline } from '@sluice/core/analysis/baseline.ts';
import { DEFAULT_JUDGE_SPEC, type JudgeSpec } from '@sluice/core/analysis/judge-spec.ts';
import { randomBinomial, randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import type { Random } from '@sluice/core/kernel/prng.ts';
import {
  type ErrorsFold,
  emptyCounts,
  foldErrors,
  isShippedRollback,
  startErrorsFold,
} from './errors-fold.ts';
import { type Standing, type Tally, emptyTally } from './tally.ts';
import { ALPHA, HORIZON_SECONDS, type TrafficCell, USUAL_ERROR_RATE } from './traffic-cell.ts';
import { type WindowRule, argoRule, flaggerRule } from './window-rules.ts';

/** The methods compared on errors, in the order of the tables. */
export const ERROR_METHODS = ['argo95', 'argo998', 'flagger', 'ratio', 'judge', 'shipped'] as const;
/** One of the methods compared on errors. */
export type ErrorMethod = (typeof ERROR_METHODS)[number];

/** How errors happen in the rollouts of one cell. */
export interface ErrorScenario extends TrafficCell {
  /** The share the router was told, where it is another one. */
  readonly configuredShare?: number;
  /** Draws how many of so many requests fail. */
  readonly candidateErrors: (random: Random, requests: number, second: number) => number;
  readonly stableErrors: (random: Random, requests: number, second: number) => number;
  /** The candidate's constant error rate; with it, what follows the last verdict is drawn in one go. */
  readonly constantRate?: number;
  /** The dispersion the judge is given; drawn anew for each rollout. */
  readonly dispersion?: (random: Random) => number;
  readonly warmUpSeconds?: number;
  readonly margin?: number;
}

/** Errors that come alone at a constant rate, in both arms. */
export function independentErrors(cell: TrafficCell, candidateRate: number): ErrorScenario {
  return {
    ...cell,
    constantRate: candidateRate,
    candidateErrors: (random, requests) => randomBinomial(random, requests, candidateRate),
    stableErrors: (random, requests) => randomBinomial(random, requests, USUAL_ERROR_RATE),
  };
}

/** Simulates rollouts and tallies when each method rolled back and how many candidate responses had failed. */
export function tallyErrors(
  random: Random,
  scenario: ErrorScenario,
  reps: number,
): Readonly<Record<ErrorMethod, Tally>> {
  const tallies = { argo95: emptyTally(), argo998: emptyTally(), flagger: emptyTally() };
  const judged = { ratio: emptyTally(), judge: emptyTally(), shipped: emptyTally() };
  const all = { ...tallies, ...judged };
  for (let rep = 0; rep < reps; rep++) {
    const rollout = simulateRollout(random, scenario);
    for (const method of ERROR_METHODS) {
      const { second, harm } = rollout.standings[method];
      all[method].seconds.push(second);
      all[method].harms.push(Number.isFinite(second) ? harm : rollout.failed);
    }
  }
  return all;
}

interface Rollout {
  readonly scenario: ErrorScenario;
  readonly fold: ErrorsFold;
  readonly rules: readonly (readonly [ErrorMethod, WindowRule, least: number])[];
  readonly standings: Readonly<Record<ErrorMethod, Standing>>;
  /** Failed candidate responses so far. */
  failed: number;
  minuteRequests: number;
  minuteErrors: number;
}

function startRollout(random: Random, scenario: ErrorScenario): Rollout {
  const standing = (): Standing => ({ second: Infinity, harm: 0 });
  return {
    scenario,
    fold: startErrorsFold(specOf(scenario), drawBaseline(random, scenario)),
    rules: [
      ['argo95', argoRule(), 0.95],
      ['argo998', argoRule(), 0.998],
      ['flagger', flaggerRule(), 0.99],
    ],
    standings: {
      argo95: standing(),
      argo998: standing(),
      flagger: standing(),
      ratio: standing(),
      judge: standing(),
      shipped: standing(),
    },
    failed: 0,
    minuteRequests: 0,
    minuteErrors: 0,
  };
}

/** The judge of judge.md 4.1: errors only, no margin unless one is asked for. */
export function specOf(scenario: ErrorScenario): JudgeSpec {
  const weights = { errors: 1, latency: 0, custom: 0 };
  return { ...DEFAULT_JUDGE_SPEC, alpha: ALPHA, minEffect: scenario.margin ?? 1, weights };
}

/** A day of history, drawn afresh for every rollout. */
export function drawBaseline(random: Random, scenario: ErrorScenario): Baseline {
  const historyRequests = 86_400 * scenario.requestsPerSecond;
  const historyErrors = randomPoisson(random, historyRequests * USUAL_ERROR_RATE);
  return {
    requestsPerSecond: scenario.requestsPerSecond,
    errorRate: historyErrors / historyRequests,
    historyRequests,
    historyErrors,
    dispersion: scenario.dispersion?.(random) ?? 1,
    latencyThresholdsMs: [],
    latencySpreads: [],
  };
}

function simulateRollout(random: Random, scenario: ErrorScenario): Rollout {
  const rollout = startRollout(random, scenario);
  const { requestsPerSecond, share } = scenario;
  const counts = emptyCounts();
  for (let second = 1; second <= HORIZON_SECONDS; second++) {
    counts.candidateTrials = randomPoisson(random, requestsPerSecond * share);
    counts.stableTrials = randomPoisson(random, requestsPerSecond * (1 - share));
    counts.candidateEvents = scenario.candidateErrors(random, counts.candidateTrials, second - 1);
    counts.stableEvents = scenario.stableErrors(random, counts.stableTrials, second - 1);
    rollout.failed += counts.candidateEvents;
    rollout.minuteRequests += counts.candidateTrials;
    rollout.minuteErrors += counts.candidateEvents;
    foldErrors(rollout.fold, counts, second <= (scenario.warmUpSeconds ?? 0));
    if (counts.candidateEvents > 0) noteJudges(rollout, second);
    if (second % 60 === 0) closeMinute(rollout, second);
    if (scenario.constantRate !== undefined && areJudgesDone(rollout)) {
      finishInMinutes(random, rollout, second);
      break;
    }
  }
  return rollout;
}

function noteJudges(rollout: Rollout, second: number): void {
  const { fold, scenario } = rollout;
  const needed = -Math.log(ALPHA);
  if (fold.ratio >= needed) note(rollout, 'ratio', second);
  if (fold.judge < needed) return;
  note(rollout, 'judge', second);
  if (isShippedRollback(fold, ALPHA, scenario.configuredShare ?? scenario.share))
    note(rollout, 'shipped', second);
}

function note(rollout: Rollout, method: ErrorMethod, second: number): void {
  const standing = rollout.standings[method];
  if (Number.isFinite(standing.second)) return;
  standing.second = second;
  standing.harm = rollout.failed;
}

function closeMinute(rollout: Rollout, second: number): void {
  const rate = rollout.minuteErrors / rollout.minuteRequests;
  for (const [method, rule, least] of rollout.rules) {
    // No requests make the rate not a number, which is below every limit, as in Argo Rollouts and Flagger.
    if (rule.minute(1 - rate >= least)) note(rollout, method, second);
  }
  rollout.minuteRequests = 0;
  rollout.minuteErrors = 0;
}

function areJudgesDone({ standings }: Rollout): boolean {
  return (
    Number.isFinite(standings.shipped.second) &&
    Number.isFinite(standings.ratio.second) &&
    Number.isFinite(standings.judge.second)
  );
}

/** Only the rules by the minute are still to be heard: draws the rest of this minute, whole minutes, the rest. */
function finishInMinutes(random: Random, rollout: Rollout, from: number): void {
  let second = from;
  while (second < HORIZON_SECONDS) {
    const isHeard = rollout.rules.every(([, rule]) => rule.isOver());
    const end = isHeard ? HORIZON_SECONDS : Math.min(HORIZON_SECONDS, (Math.floor(second / 60) + 1) * 60);
    const { requestsPerSecond, share, constantRate } = rollout.scenario;
    const requests = randomPoisson(random, requestsPerSecond * share * (end - second));
    const errors = randomBinomial(random, requests, constantRate ?? 0);
    rollout.failed += errors;
    rollout.minuteRequests += requests;
    rollout.minuteErrors += errors;
    second = end;
    if (!isHeard && second % 60 === 0) closeMinute(rollout, second);
  }
}
