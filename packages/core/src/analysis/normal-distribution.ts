const SQRT_TWO_PI = Math.sqrt(2 * Math.PI);
/** Below, the series around 0 is used; above, the continued fraction of the tail. */
const SERIES_BELOW = 3;
const FRACTION_DEPTH = 60;
/** Beyond, the tail is below the smallest double. */
const FARTHEST = 38;
const NEWTON_STEPS = 60;

/** The standard normal density. */
export const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / SQRT_TWO_PI;

/** P(Z > z) for a standard normal Z; relative error below 1e-12 for z up to 37. */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  if (z > FARTHEST) return 0;
  return z < SERIES_BELOW ? 0.5 - centralSeries(z) : tailFraction(z);
}

/** P(0 < Z < z) by the series z + z^3/3 + z^5/15 + ... times the density (Abramowitz and Stegun 26.2.11). */
function centralSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let i = 3; term > 1e-17 * sum; i += 2) {
    term *= (z * z) / i;
    sum += term;
  }
  return sum * normalDensity(z);
}

/** Laplace's continued fraction z + 1/(z + 2/(z + ...)) (Abramowitz and Stegun 26.2.14). */
function tailFraction(z: number): number {
  let denominator = z;
  for (let i = FRACTION_DEPTH; i >= 1; i--) denominator = z + i / denominator;
  return normalDensity(z) / denominator;
}

/** The z with P(Z > z) = p, for 0 < p < 1, by Newton's method on ln of the tail. */
export function normalUpperQuantile(p: number): number {
  if (p > 0.5) return -normalUpperQuantile(1 - p);
  let z = Math.sqrt(Math.max(0, -2 * Math.log(2 * p)));
  for (let i = 0; i < NEWTON_STEPS; i++) {
    const tail = normalUpperTail(z);
    const step = ((Math.log(tail) - Math.log(p)) * tail) / normalDensity(z);
    z += step;
    if (Math.abs(step) < 1e-14 * Math.max(1, z)) break;
  }
  return z;
}
