/**
 * How much RATIO must agree before guards may roll back above half of the traffic. Method: 75 % share; a shared
 * incident (5 % errors in both arms, t = 300-420 s) against real regressions; the guard rule of judge.md 5.1 with the
 * needed evidence of RATIO varied; 1,000 rollouts per cell.
 */
import { randomBinomial, randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { emptyCounts, foldErrors, startErrorsFold } from './errors-fold.ts';
import { type ErrorScenario, drawBaseline, independentErrors, specOf } from './errors-rollout.ts';
import { type Section, table } from './report.ts';
import { type Tally, emptyTally, summarize } from './tally.ts';
import { ALPHA, HORIZON_SECONDS, USUAL_ERROR_RATE, repsAt, seedOf } from './traffic-cell.ts';

const REPS = 1_000;
/** RATIO must have at least this evidence; 0: guards act alone, 100: RATIO as good as decides alone. */
const NEEDED = [0, 1, 3, 10, 100];

/** The trade-off table. */
export function guardAgreement(scale: number): Section {
  const reps = repsAt(scale, REPS);
  const rows = [1, 10, 100].flatMap((requestsPerSecond, i) => {
    const cell = { requestsPerSecond, share: 0.75 };
    const shared = (random: Random, requests: number, second: number): number =>
      randomBinomial(random, requests, second >= 300 && second < 420 ? 0.05 : USUAL_ERROR_RATE);
    const kinds: readonly (readonly [string, ErrorScenario])[] = [
      ['incident', { ...cell, candidateErrors: shared, stableErrors: shared }],
      ...[0.005, 0.02, 0.2].map((rate) => [`${rate * 100} %`, independentErrors(cell, rate)] as const),
    ];
    return kinds.map(([name, scenario], j) => {
      const tallies = tallyNeeded(seededRandom(seedOf(51, i * 10 + j)), scenario, reps);
      return [requestsPerSecond, name, ...tallies.map((tally) => describe(tally, name === 'incident'))];
    });
  });
  return {
    title: 'Guards above half of the traffic: what RATIO must say before they may roll back',
    text: [
      'Share 75 %. Incident rows: false rollbacks. Other rows: detected, median seconds. The shipped rule is > 1.',
      '',
      ...table(['rps', 'candidate', 'no rule', '> 1', '> 3', '> 10', '> 100'], rows),
    ],
    comparisons: [],
  };
}

function describe(tally: Tally, isIncident: boolean): string {
  const { detected, medianSeconds } = summarize(tally);
  const part = `${(detected * 100).toFixed(1)}%`;
  return isIncident || medianSeconds === null ? part : `${part}, ${medianSeconds} s`;
}

function tallyNeeded(random: Random, scenario: ErrorScenario, reps: number): readonly Tally[] {
  const tallies = NEEDED.map(emptyTally);
  for (let rep = 0; rep < reps; rep++) {
    const seconds = rollBackSeconds(random, scenario);
    tallies.forEach((tally, i) => {
      tally.seconds.push(seconds[i] ?? Infinity);
      tally.harms.push(0);
    });
  }
  return tallies;
}

function rollBackSeconds(random: Random, scenario: ErrorScenario): readonly number[] {
  const fold = startErrorsFold(specOf(scenario), drawBaseline(random, scenario));
  const seconds = NEEDED.map(() => Infinity);
  const counts = emptyCounts();
  for (let second = 1; second <= HORIZON_SECONDS && !seconds.every(Number.isFinite); second++) {
    counts.candidateTrials = randomPoisson(random, scenario.requestsPerSecond * scenario.share);
    counts.stableTrials = randomPoisson(random, scenario.requestsPerSecond * (1 - scenario.share));
    counts.candidateEvents = scenario.candidateErrors(random, counts.candidateTrials, second - 1);
    counts.stableEvents = scenario.stableErrors(random, counts.stableTrials, second - 1);
    foldErrors(fold, counts);
    for (let i = 0; i < NEEDED.length; i++) {
      const agrees = fold.judge >= -Math.log(ALPHA) && fold.ratio > Math.log(NEEDED[i] ?? 0);
      if (agrees && !Number.isFinite(seconds[i])) seconds[i] = second;
    }
  }
  return seconds;
}
