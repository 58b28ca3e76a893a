import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import { type ErrorMoments, errorDispersion, exceedanceDispersion, freezeBaseline } from './baseline.ts';
import { type SparseHistogram, histogramOf } from './histogram.ts';
import { randomBinomial, randomPoisson } from './random-counts.ts';

function momentsOf(counts: readonly number[]): ErrorMoments {
  return {
    seconds: counts.length,
    sum: counts.reduce((sum, count) => sum + count, 0),
    sumOfSquares: counts.reduce((sum, count) => sum + count * count, 0),
  };
}

test('errors that come alone have dispersion 1, clumps of five about 5', () => {
  const random = seededRandom(5);
  const alone = Array.from({ length: 3600 }, () => randomPoisson(random, 0.1));
  const clumps = Array.from({ length: 3600 }, () => 5 * randomPoisson(random, 0.02));
  expect(errorDispersion(momentsOf(alone))).toBeLessThan(1.15);
  expect(errorDispersion(momentsOf(clumps))).toBeCloseTo(5, 0);
});

test('dispersion is capped at 20, and 1 where too little is known', () => {
  expect(errorDispersion(momentsOf([...Array<number>(3599).fill(0), 500]))).toBe(20);
  expect(errorDispersion(momentsOf([0, 0, 9, 0]))).toBe(1);
  expect(errorDispersion(momentsOf(Array<number>(3600).fill(0)))).toBe(1);
});

test('varying traffic is no dispersion of latency, slow clumps are', () => {
  const random = seededRandom(6);
  const second = (size: number, slow: number): SparseHistogram =>
    histogramOf([...Array<number>(size - slow).fill(10), ...Array<number>(slow).fill(500)]);
  const varying = Array.from({ length: 600 }, (_, i) => {
    const size = 50 + (i % 10) * 20;
    return second(size, randomBinomial(random, size, 0.1));
  });
  const clumped = Array.from({ length: 600 }, () => second(100, 5 * randomBinomial(random, 20, 0.1)));
  expect(exceedanceDispersion(varying, 100)).toBeLessThan(1.2);
  expect(exceedanceDispersion(clumped, 100)).toBeCloseTo(5, 0);
});

test('a baseline holds rates, dispersion and four latency thresholds', () => {
  const second = histogramOf(Array.from({ length: 100 }, (_, i) => i + 1));
  const baseline = freezeBaseline({
    history: { requests: 100_000, errors: 100 },
    requestsPerSecond: 100,
    errorMoments: momentsOf(Array.from({ length: 3600 }, (_, i) => (i % 10 === 0 ? 1 : 0))),
    latency: Array<SparseHistogram>(600).fill(second),
  });
  expect(baseline.errorRate).toBe(0.001);
  expect(baseline.dispersion).toBe(1);
  expect(baseline.latencyThresholdsMs.map((ms) => Math.round(ms / 2) * 2)).toEqual([50, 90, 94, 98]);
  expect(baseline.latencyDispersions).toEqual([1, 1, 1, 1]);
});

test('without history there is no rate, and with few latencies no thresholds', () => {
  const baseline = freezeBaseline({
    history: { requests: 0, errors: 0 },
    requestsPerSecond: 0,
    errorMoments: { seconds: 0, sum: 0, sumOfSquares: 0 },
    latency: [histogramOf([10, 20])],
  });
  expect(baseline.errorRate).toBeNull();
  expect(baseline.latencyThresholdsMs).toEqual([]);
});
