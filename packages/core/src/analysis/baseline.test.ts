import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import { type ErrorMoments, errorDispersion, freezeBaseline } from './baseline.ts';
import { dispersionOf } from './event-spread.ts';
import { type SparseHistogram, histogramOf } from './histogram.ts';
import { randomPoisson } from './random-counts.ts';

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

test('dispersion is capped at 20, 1 without an error, and unknown where too little was seen', () => {
  expect(errorDispersion(momentsOf([...Array<number>(3599).fill(0), 500]))).toBe(20);
  expect(errorDispersion(momentsOf([0, 0, 9, 0]))).toBeNull();
  expect(errorDispersion(momentsOf(Array<number>(3600).fill(0)))).toBe(1);
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
  expect(baseline.latencySpreads.map(({ ticks, trials }) => [ticks, trials])).toEqual(
    Array.from({ length: 4 }, () => [600, 60_000]),
  );
  expect(baseline.latencySpreads.map(dispersionOf)).toEqual([1, 1, 1, 1]);
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
  expect(baseline.dispersion).toBeNull();
});
