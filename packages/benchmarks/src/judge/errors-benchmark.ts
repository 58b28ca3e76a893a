/**
 * Sections 4.2 and 4.3 of judge.md: false rollbacks and detection by error rate. Method: ticks of 1 s, 1800 s, share
 * constant, Poisson arrivals, binomial errors, stable 0.1 %; 10,000 rollouts per null cell, 2,000 per other; PRNG
 * sfc32, PTRS, BTRS and geometric skips. All methods see the same counts. Kayenta, the peeked z-test, the published
 * count test (LM) and RIPr are left out: their figures are in judge.md and none of them is ours.
 */
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { type CellComparison, comparePart, compareSummary, comparisonLine } from './compare-cell.ts';
import { ERROR_METHODS, type ErrorMethod, independentErrors, tallyErrors } from './errors-rollout.ts';
import { ERROR_NULL_REFERENCE, ERROR_REFERENCE, type ReferenceRow } from './reference-table.ts';
import { type Section, percent, table } from './report.ts';
import { formatPart, formatSummary, summarize } from './tally.ts';
import { USUAL_ERROR_RATE, repsAt, seedOf } from './traffic-cell.ts';

const NULL_REPS = 10_000;
const REPS = 2_000;
const HEADS = ['Argo ≥95%', 'Argo ≥99.8%', 'Flagger ≥99%', 'RATIO', 'JUDGE', 'JUDGE, shipped rule'];
/** The methods that are ours and were published; the shipped rule is held against JUDGE. */
const COMPARED = [
  ['ratio', 'ratio'],
  ['judge', 'judge'],
  ['shipped', 'judge'],
] as const;

/** Reproduces section 4.2. */
export function errorFalseRollbacks(scale: number): Section {
  const comparisons: CellComparison[] = [];
  const incumbents: CellComparison[] = [];
  const rows = ERROR_NULL_REFERENCE.map((row, i) => {
    const reps = repsAt(scale, NULL_REPS);
    const tallies = tallyErrors(seededRandom(seedOf(42, i)), independentErrors(row, USUAL_ERROR_RATE), reps);
    const parts = ERROR_METHODS.map((method) => summarize(tallies[method]).detected);
    const compare = (method: ErrorMethod, published: string): CellComparison =>
      comparePart(
        `${published} ${cellName(row)}`,
        { part: parts[ERROR_METHODS.indexOf(method)] ?? 0, runs: reps },
        { part: (row.figures[published] ?? 0) / 100, runs: NULL_REPS },
      );
    comparisons.push(...COMPARED.map(([method, published]) => compare(method, published)));
    incumbents.push(...(['argo95', 'argo998', 'flagger'] as const).map((method) => compare(method, method)));
    return [row.requestsPerSecond, percent(row.share), ...parts.map(formatPart), row.figures['judge'] ?? ''];
  });
  return {
    title: '4.2 False rollbacks, error metric (%, no regression)',
    text: table(['rps', 'share', ...HEADS, 'JUDGE published'], rows),
    comparisons: [
      comparisonLine('4.2, RATIO and JUDGE (both rules)', comparisons),
      comparisonLine('4.2, incumbents (does the simulation agree)', incumbents),
    ],
  };
}

/** Reproduces section 4.3. */
export function errorDetection(scale: number): Section {
  const comparisons: CellComparison[] = [];
  const shipped: CellComparison[] = [];
  const incumbents: CellComparison[] = [];
  const rows = ERROR_REFERENCE.map((row, i) => {
    const reps = repsAt(scale, REPS);
    const rate = Number(row.kind.replace('%', '')) / 100;
    const tallies = tallyErrors(seededRandom(seedOf(43, i)), independentErrors(row, rate), reps);
    const compare = (method: ErrorMethod, published: string): CellComparison => {
      const cell = row.figures[published];
      const name = `${published} ${row.kind} ${cellName(row)}`;
      return cell === undefined
        ? { cell: name, worse: [] }
        : compareSummary(name, summarize(tallies[method]), cell, REPS);
    };
    comparisons.push(compare('ratio', 'ratio'), compare('judge', 'judge'));
    shipped.push(compare('shipped', 'judge'));
    incumbents.push(...(['argo95', 'argo998', 'flagger'] as const).map((method) => compare(method, method)));
    const cells = ERROR_METHODS.map((method) => formatSummary(summarize(tallies[method])));
    return [row.kind, row.requestsPerSecond, percent(row.share), ...cells];
  });
  return {
    title: '4.3 Detection and harm, error metric (baseline 0.1 %)',
    text: [
      'Median seconds to rollback among detected · mean failed candidate responses until rollback or 1800 s · missed.',
      '',
      ...table(['canary err', 'rps', 'share', ...HEADS], rows),
    ],
    comparisons: [
      comparisonLine('4.3, RATIO and JUDGE', comparisons),
      comparisonLine(
        '4.3, JUDGE with the shipped rule (guards need RATIO above 50 %) against JUDGE',
        shipped,
      ),
      comparisonLine('4.3, incumbents (does the simulation agree)', incumbents),
    ],
  };
}

/** Names a traffic cell: `100 rps 25%`. */
export const cellName = (row: Pick<ReferenceRow<unknown>, 'requestsPerSecond' | 'share'>): string =>
  `${row.requestsPerSecond} rps ${percent(row.share)}`;
