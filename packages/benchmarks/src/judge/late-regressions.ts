/**
 * Regressions that begin late, which judge.md 5.8 left open: evidence is carried from the start, so the proof of
 * innocence that a candidate has earned must be used up first. Method: as in section 4.3; the candidate fails like
 * stable until the regression begins; 300 rollouts per row; delays are counted from its beginning.
 */
import { randomBinomial, randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { emptyCounts, foldErrors, startErrorsFold } from './errors-fold.ts';
import { drawBaseline, independentErrors, specOf } from './errors-rollout.ts';
import { type Section, percent, table } from './report.ts';
import { emptyTally, summarize } from './tally.ts';
import { ALPHA, type TrafficCell, USUAL_ERROR_RATE, repsAt, seedOf } from './traffic-cell.ts';

const REPS = 300;
const BEGINNINGS = [0, 300, 900, 3600];
/** How long after its beginning a regression may still be found, in seconds. */
const PATIENCE_SECONDS = 3600;
const CELLS: readonly TrafficCell[] = [
  { requestsPerSecond: 10, share: 0.25 },
  { requestsPerSecond: 100, share: 0.05 },
  { requestsPerSecond: 100, share: 0.25 },
  { requestsPerSecond: 1000, share: 0.05 },
];

/** The table of delays. */
export function lateRegressions(scale: number): Section {
  const reps = repsAt(scale, REPS);
  const rows = CELLS.flatMap((cell, i) =>
    [0.005, 0.02, 0.2].map((rate, j) => {
      const random = seededRandom(seedOf(90, i * 10 + j));
      const cells = BEGINNINGS.map((beginning) => {
        const tally = emptyTally();
        for (let rep = 0; rep < reps; rep++) {
          tally.seconds.push(delay(random, cell, rate, beginning));
          tally.harms.push(0);
        }
        const { medianSeconds } = summarize(tally);
        return medianSeconds === null ? 'never' : `${medianSeconds} s`;
      });
      return [cell.requestsPerSecond, percent(cell.share), `${rate * 100} %`, ...cells];
    }),
  );
  return {
    title: 'Regressions that begin late (JUDGE, median delay)',
    text: table(['rps', 'share', 'errors', ...BEGINNINGS.map((second) => `after ${second} s`)], rows),
    comparisons: [],
  };
}

function delay(random: Random, cell: TrafficCell, rate: number, beginning: number): number {
  const scenario = independentErrors(cell, rate);
  const fold = startErrorsFold(specOf(scenario), drawBaseline(random, scenario));
  const counts = emptyCounts();
  for (let second = 1; second <= beginning + PATIENCE_SECONDS; second++) {
    counts.candidateTrials = randomPoisson(random, cell.requestsPerSecond * cell.share);
    counts.stableTrials = randomPoisson(random, cell.requestsPerSecond * (1 - cell.share));
    const present = second <= beginning ? USUAL_ERROR_RATE : rate;
    counts.candidateEvents = randomBinomial(random, counts.candidateTrials, present);
    counts.stableEvents = randomBinomial(random, counts.stableTrials, USUAL_ERROR_RATE);
    foldErrors(fold, counts);
    if (second > beginning && fold.judge >= -Math.log(ALPHA)) return second - beginning;
  }
  return Infinity;
}
