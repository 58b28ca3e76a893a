import { DEFAULT_JUDGE_SPEC } from '@sluice/core/analysis/judge-spec.ts';
import { judgePlan } from '@sluice/core/analysis/judge-state.ts';
import { logMeanExp, logSumExp } from '@sluice/core/analysis/log-sum-exp.ts';
import { randomBinomial, randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import { freshBets } from '@sluice/core/analysis/ratio-evidence.ts';
import type { Random } from '@sluice/core/kernel/prng.ts';
import { emptyCounts, foldErrors, startErrorsFold } from './errors-fold.ts';
import { type ErrorScenario, drawBaseline, independentErrors, specOf } from './errors-rollout.ts';
import { closeBatch, drawAbove, exceedEvidence, foldExceed, startExceedFold } from './exceed-fold.ts';
import type { SlowerThan } from './latency-distribution.ts';
import { type Tally, emptyTally } from './tally.ts';
import { ALPHA, HORIZON_SECONDS, type TrafficCell } from './traffic-cell.ts';

/** The judges compared: each metric apart with alpha of its own, any of the three, and all under one alpha. */
export const COMBINED_METHODS = ['errors', 'latency', 'custom', 'any', 'together'] as const;
/** One of the judges compared. */
export type CombinedMethod = (typeof COMBINED_METHODS)[number];

/** Rollouts with errors, latency and a custom count. */
export interface CombinedScenario extends TrafficCell {
  readonly errorRate: number;
  readonly latency: SlowerThan;
  /** The candidate's rate of the custom event; stable's is 2 %. */
  readonly customRate: number;
}

/** Stable's rate of the custom event. */
export const USUAL_CUSTOM_RATE = 0.02;

/** Simulates rollouts and tallies when each judge rolled back; harms are failed candidate responses. */
export function tallyCombined(
  random: Random,
  scenario: CombinedScenario,
  reps: number,
): Readonly<Record<CombinedMethod, Tally>> {
  const tallies: Record<CombinedMethod, Tally> = {
    errors: emptyTally(),
    latency: emptyTally(),
    custom: emptyTally(),
    any: emptyTally(),
    together: emptyTally(),
  };
  for (let rep = 0; rep < reps; rep++) {
    const seconds = rollBackSeconds(random, scenario);
    for (const method of COMBINED_METHODS) {
      tallies[method].seconds.push(seconds[method]);
      tallies[method].harms.push(0);
    }
  }
  return tallies;
}

/** The weights that core gives three metrics, in the order errors, latency, custom; as logs. */
function logWeights(errors: ErrorScenario): readonly number[] {
  const spec = { ...DEFAULT_JUDGE_SPEC, custom: ['count'] };
  const baseline = { ...NO_BASELINE, requestsPerSecond: errors.requestsPerSecond };
  const { weights } = judgePlan(spec, baseline);
  return [weights.errors, weights.latency, weights.custom].map(Math.log);
}

const NO_BASELINE = {
  requestsPerSecond: 0,
  errorRate: null,
  historyRequests: 0,
  historyErrors: 0,
  dispersion: 1,
  latencyThresholdsMs: [1, 2, 3, 4],
  latencySpreads: [],
};

function rollBackSeconds(random: Random, scenario: CombinedScenario): Record<CombinedMethod, number> {
  const { requestsPerSecond, share } = scenario;
  const errors = independentErrors(scenario, scenario.errorRate);
  const fold = startErrorsFold(specOf(errors), drawBaseline(random, errors));
  const exceed = startExceedFold(random, { requestsPerSecond, candidate: scenario.latency, otherCutsMs: [] });
  const custom = { bets: freshBets(), pending: emptyCounts() };
  const weights = logWeights(errors);
  const counts = emptyCounts();
  const found = { errors: Infinity, latency: Infinity, custom: Infinity, any: Infinity, together: Infinity };
  for (let second = 1; second <= HORIZON_SECONDS && !isDone(found); second++) {
    counts.candidateTrials = randomPoisson(random, requestsPerSecond * share);
    counts.stableTrials = randomPoisson(random, requestsPerSecond * (1 - share));
    counts.candidateEvents = errors.candidateErrors(random, counts.candidateTrials, second);
    counts.stableEvents = errors.stableErrors(random, counts.stableTrials, second);
    foldErrors(fold, counts);
    drawAbove(random, exceed.candidate, counts.candidateTrials);
    drawAbove(random, exceed.stable, counts.stableTrials);
    foldExceed(exceed, counts.candidateTrials, counts.stableTrials);
    custom.pending.candidateTrials += counts.candidateTrials;
    custom.pending.stableTrials += counts.stableTrials;
    custom.pending.candidateEvents += randomBinomial(random, counts.candidateTrials, scenario.customRate);
    custom.pending.stableEvents += randomBinomial(random, counts.stableTrials, USUAL_CUSTOM_RATE);
    closeBatch(custom.bets, custom.pending);
    note(found, second, [fold.judge, exceedEvidence(exceed).all, logMeanExp(custom.bets)], weights);
  }
  return found;
}

const isDone = (found: Record<CombinedMethod, number>): boolean =>
  COMBINED_METHODS.every((method) => Number.isFinite(found[method]));

function note(
  found: Record<CombinedMethod, number>,
  second: number,
  logs: readonly number[],
  weights: readonly number[],
): void {
  const needed = -Math.log(ALPHA);
  logs.forEach((log, i) => {
    const method = COMBINED_METHODS[i];
    if (method === undefined || log < needed) return;
    found[method] = Math.min(found[method], second);
    found.any = Math.min(found.any, second);
  });
  const together = logSumExp(logs.map((log, i) => log + (weights[i] ?? 0)));
  if (together >= needed) found.together = Math.min(found.together, second);
}
