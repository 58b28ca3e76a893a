import { expect, test } from 'vitest';
import { binomialUpperTail, poissonUpperTail } from './count-tails.ts';
import { logBeta, logChoose, logGamma } from './log-gamma.ts';

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

test('ln gamma agrees with factorials and with known values', () => {
  for (let n = 1; n <= 20; n++) expect(logGamma(n + 1)).toBeCloseTo(Math.log(factorial(n)), 11);
  expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 13);
  expect(logGamma(1e6) / 12815504.569147611).toBeCloseTo(1, 14);
  expect(Math.exp(logChoose(52, 5))).toBeCloseTo(2598960, 4);
  expect(logBeta([2, 3])).toBeCloseTo(Math.log(1 / 12), 12);
});

test('Poisson tails agree with the sum of their terms', () => {
  for (const mean of [0.3, 3, 17.5]) {
    for (let k = 0; k <= 40; k++) {
      let below = 0;
      for (let i = 0; i < k; i++) below += (Math.exp(-mean) * mean ** i) / factorial(i);
      expect(poissonUpperTail(mean, k)).toBeCloseTo(1 - below, 11);
    }
  }
  expect(poissonUpperTail(3, 5)).toBeCloseTo(0.18473675547622787, 12);
  expect(poissonUpperTail(0, 1)).toBe(0);
});

test('binomial tails agree with the sum of their terms', () => {
  for (const [n, p] of [
    [12, 0.3],
    [40, 0.02],
    [25, 0.9],
  ] as const) {
    for (let k = 0; k <= n + 1; k++) {
      let tail = 0;
      for (let i = k; i <= n; i++) tail += Math.exp(logChoose(n, i)) * p ** i * (1 - p) ** (n - i);
      expect(binomialUpperTail(n, p, k)).toBeCloseTo(tail, 11);
    }
  }
  expect(binomialUpperTail(300, 0.001, 1)).toBeCloseTo(1 - 0.999 ** 300, 12);
  expect([binomialUpperTail(5, 0, 1), binomialUpperTail(5, 1, 5), binomialUpperTail(5, 1, 6)]).toEqual([
    0, 1, 0,
  ]);
});
