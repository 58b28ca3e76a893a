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

/** A look that was taken: the information fraction (0 to 1) and the boundary that applied. */
export interface SequentialLook {
  readonly fraction: number;
  readonly boundary: number;
}

/** How a sequential test spends: 1 side has an upper boundary only, 2 sides mirror it. */
export interface SequentialPlan {
  /** What may be spent on one side. */
  readonly spending: Spending;
  readonly sides: 1 | 2;
}

/** Intervals across the range where the statistic may still be; even, for Simpson's rule. */
const INTERVALS = 200;
/** The density beyond so many standard deviations is left out; below 1e-15. */
const REACH = 8;
/** The boundary where nothing may be spent yet. */
const NEVER = 37;
const SEARCH_STEPS = 60;
const SEARCH_PRECISION = 1e-9;

/** The density of the score process where no boundary was crossed, at one look. */
interface Continuation {
  readonly fraction: number;
  readonly points: readonly number[];
  /** Density times the weight of Simpson's rule. */
  readonly masses: readonly number[];
}

/**
 * The boundary of |z| (two-sided) or z (one-sided) at the next look, so that crossing until then has the probability
 * that may be spent. By recursive numerical integration (Armitage, McPherson, Rowe 1969); agrees with ldbounds to
 * 1e-4.
 * @param looks the looks taken so far, with growing fractions
 * @param fraction the information fraction of the next look, above all of them, at most 1
 */
export function nextBoundary(
  looks: readonly SequentialLook[],
  fraction: number,
  plan: SequentialPlan,
): number {
  let before: Continuation | null = null;
  for (const look of looks) before = continueInside(before, look, plan.sides);
  const spent = plan.spending(looks.at(-1)?.fraction ?? 0);
  return boundaryFor(before, fraction, Math.max(0, plan.spending(fraction) - spent));
}

/** The boundaries of all looks of a plan in advance. */
export function groupSequentialBoundaries(
  fractions: readonly number[],
  plan: SequentialPlan,
): readonly number[] {
  const looks: SequentialLook[] = [];
  for (const fraction of fractions) looks.push({ fraction, boundary: nextBoundary(looks, fraction, plan) });
  return looks.map((look) => look.boundary);
}

/** The z that is crossed with the given probability. */
function boundaryFor(before: Continuation | null, fraction: number, probability: number): number {
  if (probability < 1e-290) return NEVER;
  if (before === null) return normalUpperQuantile(probability);
  let low = -REACH;
  let high = NEVER;
  let guess = normalUpperQuantile(Math.min(0.5, probability));
  for (let i = 0; i < SEARCH_STEPS && high - low > SEARCH_PRECISION; i++) {
    const { value, slope } = crossing(before, fraction, guess);
    if (value > probability) low = guess;
    else high = guess;
    // Newton's step on the logarithm, which is nearly straight in the tail; halving when it leaves the bracket.
    const step =
      value > 0 && slope < 0 ? guess - ((Math.log(value) - Math.log(probability)) * value) / slope : NaN;
    if (Math.abs(step - guess) < SEARCH_PRECISION) return step;
    guess = step > low && step < high ? step : (low + high) / 2;
  }
  return guess;
}

/** The probability to stay inside until now and to be above z at this look, and how it changes with z. */
function crossing(before: Continuation, fraction: number, z: number): { value: number; slope: number } {
  const scale = 1 / Math.sqrt(fraction - before.fraction);
  const limit = z * Math.sqrt(fraction);
  let value = 0;
  let slope = 0;
  for (let i = 0; i < before.points.length; i++) {
    const mass = before.masses[i] ?? 0;
    const distance = (limit - (before.points[i] ?? 0)) * scale;
    value += mass * normalUpperTail(distance);
    slope -= mass * normalDensity(distance);
  }
  return { value, slope: slope * scale * Math.sqrt(fraction) };
}

function continueInside(before: Continuation | null, look: SequentialLook, sides: 1 | 2): Continuation {
  const { fraction, boundary } = look;
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
