import { expect, test } from 'vitest';
import { normalMixtureBoundary, normalMixtureRho } from './normal-mixture.ts';
import { normalUpperQuantile, normalUpperTail } from './normal-distribution.ts';

test('tails agree with tables, far out as well', () => {
  const table = [
    [0, 0.5],
    [1, 0.15865525393145707],
    [3, 0.0013498980316300933],
    [5, 2.866515718791939e-7],
    [20, 2.7536241186062337e-89],
    [37, 5.725571222524577e-300],
  ] as const;
  for (const [z, tail] of table) expect(normalUpperTail(z) / tail).toBeCloseTo(1, 12);
  expect(normalUpperTail(-1.5) + normalUpperTail(1.5)).toBeCloseTo(1, 14);
});

test('quantiles invert tails', () => {
  for (const p of [0.9, 0.5, 0.3, 0.025, 1e-6, 1e-100]) {
    expect(normalUpperTail(normalUpperQuantile(p)) / p).toBeCloseTo(1, 10);
  }
  expect(normalUpperQuantile(0.025)).toBeCloseTo(1.959963984540054, 12);
});

test('the normal mixture agrees with confseq', () => {
  expect(normalMixtureRho(100, 0.05)).toBeCloseTo(12.60056, 5);
  expect(normalMixtureBoundary(100, 0.05, 100)).toBeCloseTo(30.35209, 5);
});
