import { normalDensity, normalUpperQuantile, normalUpperTail } from './normal-distribution.ts';

/** How much of alpha may be spent until an information fraction (0 to 1). */
export type Spending = (fraction: number) => number;

/** Spending like O'Brien and Fleming for one side (Lan and DeMets, Biometrika 1983): almost nothing early. */
export function obrienFlemingSpending(alpha: number): Spending {
  const z = normalUpperQuantile(alpha / 2);
  return (fraction) => 2 * normalUpperTail(z / Math.sqrt(Math.min(1, fraction)));
}

/** Spending in proportion to the information. */
export function linearSpending(alpha: number): Spending {
  return (fraction) => alpha * Math.min(1, fraction);
}

/** Points across the range where the statistic may still be; Simpson's rule, so an even number of intervals. */
const INTERVALS = 800;
/** The density beyond so many standard deviations is left out; below 1e-15. */
const REACH = 8;
const BISECTIONS = 80;

/** The density of the score process on the part of the line where no boundary was crossed, at one look. */
interface Continuation {
  readonly fraction: number;
  readonly points: readonly number[];
  /** Density times the weight of Simpson's rule. */
  readonly masses: readonly number[];
}

/**
 * The boundaries of |z| (two-sided) or z (one-sided) at growing information fractions, so that the probability of
 * crossing up to each look is what the spending function allows. By recursive numerical integration (Armitage,
 * McPherson, Rowe 1969); agrees with ldbounds to 1e-4.
 * @param spending what may be spent on one side
 * @param sides 1: only the upper boundary exists; 2: the lower one mirrors it
 */
export function groupSequentialBoundaries(
  fractions: readonly number[],
  spending: Spending,
  sides: 1 | 2,
): readonly number[] {
  const boundaries: number[] = [];
  let before: Continuation | null = null;
  let spent = 0;
  for (const fraction of fractions) {
    const allowed = Math.max(spending(fraction), spent);
    const boundary = boundaryFor(before, fraction, allowed - spent);
    before = continueBelow(before, fraction, boundary, sides);
    boundaries.push(boundary);
    spent = allowed;
  }
  return boundaries;
}

/** The z that is crossed with the given probability, found by halving; at the reach when nothing may be spent. */
function boundaryFor(before: Continuation | null, fraction: number, probability: number): number {
  if (before === null) return probability > 1e-300 ? normalUpperQuantile(probability) : 37;
  let low = -REACH;
  let high = 37;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (crossing(before, fraction, middle) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The probability to stay inside until now and to be above z at this look. */
function crossing(before: Continuation, fraction: number, z: number): number {
  const scale = 1 / Math.sqrt(fraction - before.fraction);
  const limit = z * Math.sqrt(fraction);
  let sum = 0;
  for (let i = 0; i < before.points.length; i++) {
    sum += (before.masses[i] ?? 0) * normalUpperTail((limit - (before.points[i] ?? 0)) * scale);
  }
  return sum;
}

function continueBelow(
  before: Continuation | null,
  fraction: number,
  boundary: number,
  sides: 1 | 2,
): Continuation {
  const deviation = Math.sqrt(fraction);
  const high = Math.min(boundary, REACH) * deviation;
  const low = sides === 2 ? -high : -REACH * deviation;
  const step = (high - low) / INTERVALS;
  const points = Array.from({ length: INTERVALS + 1 }, (_, i) => low + i * step);
  const masses = points.map((x, i) => densityAt(before, fraction, x) * simpsonWeight(i) * step);
  return { fraction, points, masses };
}

function densityAt(before: Continuation | null, fraction: number, x: number): number {
  if (before === null) return normalDensity(x / Math.sqrt(fraction)) / Math.sqrt(fraction);
  const scale = 1 / Math.sqrt(fraction - before.fraction);
  let sum = 0;
  for (let i = 0; i < before.points.length; i++) {
    sum += (before.masses[i] ?? 0) * normalDensity((x - (before.points[i] ?? 0)) * scale);
  }
  return sum * scale;
}

function simpsonWeight(index: number): number {
  if (index === 0 || index === INTERVALS) return 1 / 3;
  return index % 2 === 1 ? 4 / 3 : 2 / 3;
}
