import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import { randomBinomial, randomPoisson } from './random-counts.ts';

function momentsOf(draw: () => number): { mean: number; variance: number } {
  const draws = Array.from({ length: 40_000 }, draw);
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  return { mean, variance: draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length };
}

/** Five standard errors of a mean and of a variance over 40,000 draws, allowing for some skewness. */
function expectMoments(draw: () => number, mean: number, variance: number): void {
  const found = momentsOf(draw);
  expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / 40_000));
  expect(Math.abs(found.variance / variance - 1)).toBeLessThan(5 * Math.sqrt((2 + 1 / variance) / 40_000));
}

test('Poisson counts have the right mean and variance', () => {
  const random = seededRandom(1);
  for (const mean of [0.25, 3, 9.9, 10, 25, 750])
    expectMoments(() => randomPoisson(random, mean), mean, mean);
  expect(randomPoisson(random, 0)).toBe(0);
});

test('binomial counts have the right mean and variance and stay within their trials', () => {
  const random = seededRandom(2);
  for (const [n, p] of [
    [25, 0.02],
    [750, 0.001],
    [100, 0.2],
    [60, 0.5],
    [1000, 0.95],
  ] as const) {
    expectMoments(() => randomBinomial(random, n, p), n * p, n * p * (1 - p));
  }
  expect([
    randomBinomial(random, 0, 0.5),
    randomBinomial(random, 9, 0),
    randomBinomial(random, 9, 1),
  ]).toEqual([0, 0, 9]);
});
