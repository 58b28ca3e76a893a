import { logChoose, logGamma } from './log-gamma.ts';

/** Terms smaller than this part of the sum cannot change it. */
const NEGLIGIBLE = 1e-18;

/** P(Poisson(mean) >= k) for a whole k; relative error below 1e-10. */
export function poissonUpperTail(mean: number, k: number): number {
  if (k <= 0) return 1;
  if (mean <= 0) return 0;
  if (k <= mean) return 1 - poissonBelow(mean, k);
  let term = Math.exp(k * Math.log(mean) - mean - logGamma(k + 1));
  let sum = 0;
  for (let i = k; term > NEGLIGIBLE * sum; i++) {
    sum += term;
    term *= mean / (i + 1);
  }
  return sum;
}

function poissonBelow(mean: number, k: number): number {
  let term = Math.exp((k - 1) * Math.log(mean) - mean - logGamma(k));
  let sum = 0;
  for (let i = k - 1; i >= 0 && term > NEGLIGIBLE * sum; i--) {
    sum += term;
    term *= i / mean;
  }
  return sum;
}

/** P(Binomial(n, p) >= k) for whole n and k; relative error below 1e-10. */
export function binomialUpperTail(n: number, p: number, k: number): number {
  if (k <= 0 || p >= 1) return k <= n ? 1 : 0;
  if (k > n || p <= 0) return 0;
  if (k <= n * p) return 1 - binomialUpperTail(n, 1 - p, n - k + 1);
  const odds = p / (1 - p);
  let term = Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let i = k; i <= n && term > NEGLIGIBLE * sum; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * odds;
  }
  return sum;
}
