/**
 * Section 4.5 of judge.md: rollouts in which the release is not to blame. Method: as in section 4.3, at 100 requests
 * per second and 25 % unless said otherwise, 2,000 rollouts per row and 1,500 per incident cell. The dispersion of each
 * rollout is estimated from an hour of stable traffic drawn for it.
 */
import { errorDispersion } from '@sluice/core/analysis/baseline.ts';
import { randomBinomial, randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { type CellComparison, comparePart, comparisonLine } from './compare-cell.ts';
import { cellName } from './errors-benchmark.ts';
import { type ErrorScenario, independentErrors, tallyErrors } from './errors-rollout.ts';
import {
  DISPERSION_REFERENCE,
  INCIDENT_REFERENCE,
  MARGIN_REFERENCE,
  ROBUSTNESS_REFERENCE,
} from './reference-table.ts';
import { type Section, percent, table } from './report.ts';
import { type Tally, formatPart, summarize } from './tally.ts';
import { type TrafficCell, USUAL_ERROR_RATE, repsAt, seedOf } from './traffic-cell.ts';

const REPS = 2_000;
const INCIDENT_REPS = 1_500;
const CELL: TrafficCell = { requestsPerSecond: 100, share: 0.25 };
const WARM_UP_SECONDS = 30;

type ErrorsOf = (random: Random, requests: number, second: number) => number;

const alone =
  (rate: number): ErrorsOf =>
  (random, requests) =>
    randomBinomial(random, requests, rate);

const clumped =
  (rate: number, size: number): ErrorsOf =>
  (random, requests) =>
    Math.min(requests, size * randomBinomial(random, requests, rate / size));

/** Clumps of 1, 2, 3, ... errors with a mean of three. */
const geometric =
  (rate: number): ErrorsOf =>
  (random, requests) => {
    let errors = 0;
    for (let left = randomBinomial(random, requests, rate / 3); left > 0; left--) {
      errors += 1 + Math.floor(Math.log(1 - random()) / Math.log(2 / 3));
    }
    return Math.min(requests, errors);
  };

const incident: ErrorsOf = (random, requests, second) =>
  randomBinomial(random, requests, second >= 300 && second < 420 ? 0.05 : USUAL_ERROR_RATE);

/** The dispersion found in an hour of traffic whose errors come like that. */
const estimated =
  (errors: ErrorsOf, requestsPerSecond: number) =>
  (random: Random): number => {
    let sum = 0;
    let sumOfSquares = 0;
    for (let second = 0; second < 3600; second++) {
      const count = errors(random, randomPoisson(random, requestsPerSecond), 0);
      sum += count;
      sumOfSquares += count * count;
    }
    return errorDispersion({ seconds: 3600, sum, sumOfSquares }) ?? 1;
  };

const scenarioOf = (
  errors: ErrorsOf,
  candidate: ErrorsOf = errors,
  cell: TrafficCell = CELL,
): ErrorScenario => ({
  ...cell,
  candidateErrors: candidate,
  stableErrors: errors,
});

const usual = alone(USUAL_ERROR_RATE);
const hiccup: ErrorsOf = (random, requests, second) =>
  randomBinomial(random, requests, second < WARM_UP_SECONDS ? 0.01 : USUAL_ERROR_RATE);
const SCENARIOS: Readonly<Record<string, ErrorScenario>> = {
  none: scenarioOf(usual),
  incident: scenarioOf(incident),
  'clumps of 5': scenarioOf(clumped(USUAL_ERROR_RATE, 5)),
  'share 30%': { ...scenarioOf(usual, usual, { ...CELL, share: 0.3 }), configuredShare: 0.25 },
  'warm-up': scenarioOf(usual, hiccup),
};

const found = (tally: Tally): number => summarize(tally).detected;

/** The first table of section 4.5, with the judge as it ships beside the bare one. */
export function falseRollbackScenarios(scale: number): Section {
  const reps = repsAt(scale, REPS);
  const comparisons: CellComparison[] = [];
  const rows = ROBUSTNESS_REFERENCE.map((row, i) => {
    const bare = SCENARIOS[row.kind] ?? scenarioOf(usual);
    const dispersion = estimated(bare.stableErrors, CELL.requestsPerSecond);
    const bareTallies = tallyErrors(seededRandom(seedOf(46, i)), bare, reps);
    const shippedScenario = { ...bare, dispersion, warmUpSeconds: WARM_UP_SECONDS };
    const shipped = tallyErrors(seededRandom(seedOf(47, i)), shippedScenario, reps);
    const published = (method: string) => ({ part: (row.figures[method] ?? 0) / 100, runs: REPS });
    for (const [method, part] of [
      ['ratio', found(bareTallies.ratio)],
      ['judge', found(bareTallies.judge)],
      ['judge', found(shipped.shipped)],
    ] as const) {
      comparisons.push(comparePart(`${method} ${row.kind}`, { part, runs: reps }, published(method)));
    }
    const methods = [bareTallies.argo95, bareTallies.argo998, bareTallies.flagger, bareTallies.ratio];
    const parts = [...methods, bareTallies.judge, shipped.ratio, shipped.shipped].map((tally) =>
      formatPart(found(tally)),
    );
    return [row.kind, ...parts, row.figures['ratio'] ?? '', row.figures['judge'] ?? ''];
  });
  return {
    title: '4.5 False rollbacks when nothing is wrong with the release (%)',
    text: [
      'Bare: no dispersion, no warm-up, guards act at any share. Shipped: dispersion estimated from an hour of stable',
      'traffic, warm-up of 30 s, guards above 50 % of the traffic need RATIO above 1.',
      '',
      ...table(
        [
          'scenario',
          'Argo 95',
          'Argo 99.8',
          'Flagger',
          'RATIO bare',
          'JUDGE bare',
          'RATIO shipped',
          'JUDGE shipped',
          'RATIO published',
          'JUDGE published',
        ],
        rows,
      ),
    ],
    comparisons: [
      comparisonLine('4.5 scenarios, RATIO and JUDGE (bare, and shipped against bare)', comparisons),
    ],
  };
}

/** The shared incident in other cells. */
export function sharedIncident(scale: number): Section {
  const reps = repsAt(scale, INCIDENT_REPS);
  const comparisons: CellComparison[] = [];
  const rows = INCIDENT_REFERENCE.map((row, i) => {
    const tallies = tallyErrors(seededRandom(seedOf(48, i)), scenarioOf(incident, incident, row), reps);
    for (const [method, published] of [
      ['ratio', 'ratio'],
      ['judge', 'judge'],
      ['shipped', 'judge'],
    ] as const) {
      const reference = { part: (row.figures[published] ?? 0) / 100, runs: INCIDENT_REPS };
      comparisons.push(
        comparePart(`${method} ${cellName(row)}`, { part: found(tallies[method]), runs: reps }, reference),
      );
    }
    const parts = [tallies.ratio, tallies.judge, tallies.shipped, tallies.argo998].map((tally) =>
      formatPart(found(tally)),
    );
    return [
      row.requestsPerSecond,
      percent(row.share),
      ...parts,
      row.figures['ratio'] ?? '',
      row.figures['judge'] ?? '',
    ];
  });
  return {
    title: '4.5 Shared incident: both arms fail 5 % for 120 s (false rollbacks, %)',
    text: table(
      [
        'rps',
        'share',
        'RATIO',
        'JUDGE',
        'JUDGE, shipped rule',
        'Argo 99.8',
        'RATIO published',
        'JUDGE published',
      ],
      rows,
    ),
    comparisons: [comparisonLine('4.5 incidents, RATIO and JUDGE (both rules)', comparisons)],
  };
}

/** RATIO with counts divided by the estimated dispersion. */
export function dispersedErrors(scale: number): Section {
  const reps = repsAt(scale, REPS);
  const comparisons: CellComparison[] = [];
  const kinds: readonly ((rate: number) => ErrorsOf)[] = [alone, (rate) => clumped(rate, 5), geometric];
  const rows = DISPERSION_REFERENCE.map((row, i) => {
    const errorsAt = kinds[i] ?? alone;
    const stable = errorsAt(USUAL_ERROR_RATE);
    const dispersion = estimated(stable, CELL.requestsPerSecond);
    const runs = [USUAL_ERROR_RATE, 0.005, 0.02].map((rate, j) => {
      const scenario = { ...scenarioOf(stable, errorsAt(rate)), dispersion };
      return tallyErrors(seededRandom(seedOf(49, i * 10 + j)), scenario, repsAt(scale, j === 0 ? REPS : 400));
    });
    const undivided = tallyErrors(seededRandom(seedOf(49, i * 10 + 5)), scenarioOf(stable), reps);
    const falseRollbacks = runs[0] === undefined ? 0 : found(runs[0].ratio);
    const published = { part: row.falseRollbacks / 100, runs: REPS };
    comparisons.push(comparePart(row.errors, { part: falseRollbacks, runs: reps }, published));
    const medians = runs.slice(1).map((tallies) => `${summarize(tallies.ratio).medianSeconds} s`);
    const reference = `${row.falseRollbacks} / ${row.undivided ?? '–'} / ${row.medianHalfPercent} s / ${row.medianTwoPercent} s`;
    return [
      row.errors,
      formatPart(falseRollbacks),
      formatPart(found(undivided.ratio)),
      ...medians,
      reference,
    ];
  });
  return {
    title: '4.5 Counts divided by the dispersion of an hour (RATIO)',
    text: table(
      ['errors come', 'false rollbacks %', 'undivided %', 'median for 0.5 %', 'median for 2 %', 'published'],
      rows,
    ),
    comparisons: [comparisonLine('4.5 dispersion, false rollbacks of RATIO', comparisons)],
  };
}

/** RATIO with a margin. */
export function margins(scale: number): Section {
  const reps = repsAt(scale, REPS);
  const rows = MARGIN_REFERENCE.map((row, i) => {
    const medians = [0.002, 0.005, 0.02].map((rate, j) => {
      const scenario = { ...independentErrors(CELL, rate), margin: row.margin };
      const summary = summarize(tallyErrors(seededRandom(seedOf(50, i * 10 + j)), scenario, reps).ratio);
      const missed = j === 0 ? ` (${percent(Number(summary.detected.toFixed(2)))} detected)` : '';
      return `${summary.medianSeconds} s${missed}`;
    });
    const reference = `${row.medianFifthPercent} s (${percent(row.detected)} detected) / ${row.medianHalfPercent} s / ${row.medianTwoPercent} s`;
    return [row.margin, ...medians, reference];
  });
  return {
    title: '4.5 A margin (RATIO, median seconds to rollback)',
    text: table(['r0', '0.2 %', '0.5 %', '2 %', 'published'], rows),
    comparisons: [],
  };
}
