import type { Batch } from './batch.ts';
import { logFisherNormaliser } from './fisher-distribution.ts';
import { logMeanExp } from './log-sum-exp.ts';

/**
 * The conditional log likelihood of the odds ratio on a fixed grid. Against every ratio on the grid it gives an
 * e-process (a mixture of the likelihood ratios of all ratios beyond it), and so an interval that holds at all times
 * together: a ratio is excluded when its evidence reaches 1 / (1 - confidence). Exact, not bounded from one side,
 * because below the ratio in question the with-replacement bounds of RATIO point the wrong way.
 */

/** Ratios that people can read; the interval's ends are always among them. */
const CURVE_RATIOS: readonly number[] = [
  0.0625, 0.125, 0.25, 0.35, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1, 1.1, 1.2, 1.25, 1.35, 1.5, 1.7, 2, 2.3, 2.6, 3,
  3.5, 4, 5, 6, 8, 10, 14, 20, 30, 50, 100, 300, 1000,
];
/** The ratios of the pass test (judge.md 4.6). */
export const PASS_RATIOS: readonly number[] = [0.25, 0.5, 0.75, 1, 1.25];

/** The grid for a spec: the fixed ratios and the one to be excluded for an early promotion, ascending. */
export function curveGrid(rPass: number): readonly number[] {
  return CURVE_RATIOS.includes(rPass) ? CURVE_RATIOS : [...CURVE_RATIOS, rPass].sort((a, b) => a - b);
}

/** The grid that is enough for the pass test alone, ascending. */
export function passGrid(rPass: number): readonly number[] {
  return [...PASS_RATIOS.filter((ratio) => ratio < rPass), rPass];
}

/** Adds a closed batch to the log likelihood of each ratio, in place. */
export function addCurveBatch(
  curve: number[],
  grid: readonly number[],
  batch: Batch,
  dispersion: number,
): void {
  if (batch.candidateEvents + batch.stableEvents === 0) return;
  for (let i = 0; i < grid.length; i++) {
    const ratio = grid[i] ?? 1;
    const gain = batch.candidateEvents * Math.log(ratio) - logFisherNormaliser(batch, ratio);
    curve[i] = (curve[i] ?? 0) + gain / dispersion;
  }
}

/** ln of the evidence that the ratio is below `rPass`. */
export function logPassEvidence(curve: readonly number[], grid: readonly number[], rPass: number): number {
  const at = curve[grid.indexOf(rPass)] ?? 0;
  const bets = PASS_RATIOS.filter((ratio) => ratio < rPass).map(
    (ratio) => (curve[grid.indexOf(ratio)] ?? 0) - at,
  );
  return bets.length === 0 ? 0 : logMeanExp(bets);
}

/** The highest ratio such that it and all below are excluded at `alpha`; 0 while none is. */
export function lowerRatio(curve: readonly number[], grid: readonly number[], alpha: number): number {
  const beyond = logMeansBefore(curve.toReversed()).toReversed();
  const excluded = beyond.findIndex((mean, i) => !(mean - (curve[i] ?? 0) >= -Math.log(alpha)));
  return excluded <= 0 ? 0 : (grid[excluded - 1] ?? 0);
}

/** The lowest ratio such that it and all above are excluded at `alpha`; null while none is. */
export function upperRatio(curve: readonly number[], grid: readonly number[], alpha: number): number | null {
  const beyond = logMeansBefore(curve);
  const kept = beyond.findLastIndex((mean, i) => !(mean - (curve[i] ?? 0) >= -Math.log(alpha)));
  return grid[kept + 1] ?? null;
}

/** For each place, ln of the mean of e^v over the places before it: the mixture of all ratios on that side. */
function logMeansBefore(curve: readonly number[]): readonly number[] {
  const highest = Math.max(...curve);
  let sum = 0;
  return curve.map((value, i) => {
    const mean = Math.log(sum / i);
    sum += Math.exp(value - highest);
    return mean + highest;
  });
}

/**
 * The likeliest ratio, drawn to 1 by one event more that is shared out by chance, so that it stays finite; between
 * the grid's ends.
 * @param share the candidate's share of the trials
 */
export function likeliestRatio(curve: readonly number[], grid: readonly number[], share: number): number {
  const height = grid.map((ratio, i) => {
    const part = (share * ratio) / (1 - share + share * ratio);
    return (curve[i] ?? 0) + share * Math.log(part) + (1 - share) * Math.log1p(-part);
  });
  const top = height.reduce((best, value, i) => (value > (height[best] ?? -Infinity) ? i : best), 0);
  return Math.exp(parabolaTop(grid.map(Math.log), height, top));
}

/** The top of the parabola through three neighbouring points; the point itself at an end. */
function parabolaTop(x: readonly number[], y: readonly number[], top: number): number {
  const [x0, x1, x2] = [x[top - 1], x[top] ?? 0, x[top + 1]];
  const [y0, y1, y2] = [y[top - 1], y[top] ?? 0, y[top + 1]];
  if (x0 === undefined || x2 === undefined || y0 === undefined || y2 === undefined) return x1;
  const left = (x1 - x0) * (y1 - y2);
  const right = (x1 - x2) * (y1 - y0);
  const width = left - right;
  return width === 0 ? x1 : x1 - ((x1 - x0) * left - (x1 - x2) * right) / (2 * width);
}
