import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BUCKET_GAMMA,
  HIGHEST_MS,
  LAST_BUCKET,
  LOWEST_MS,
  bucketOf,
  countAbove,
  histogramOf,
  mean,
  merge,
  mergeAll,
  quantile,
  total,
  valueOf,
} from './histogram.ts';

function expectWithinOnePercent(found: number | undefined, exact: number): void {
  expect(Math.abs((found ?? 0) - exact) / exact).toBeLessThan(0.01);
}

const latency = fc.double({ min: LOWEST_MS * 1.0001, max: HIGHEST_MS, noNaN: true });

test('the value of a bucket is within 1 % of every latency in it', () => {
  fc.assert(
    fc.property(latency, (ms) => {
      expectWithinOnePercent(valueOf(bucketOf(ms)), ms);
    }),
  );
});

test('every value falls into its own bucket, and buckets grow with latency', () => {
  for (let bucket = 0; bucket <= LAST_BUCKET; bucket++) expect(bucketOf(valueOf(bucket))).toBe(bucket);
  expect(bucketOf(100)).toBeLessThan(bucketOf(100 * BUCKET_GAMMA * 1.001));
});

test('latencies outside the range, and what is not a latency, fall into the end buckets', () => {
  expect([0, -5, Number.NaN, LOWEST_MS].map(bucketOf)).toEqual([0, 0, 0, 0]);
  expect([HIGHEST_MS, 1e12, Infinity].map(bucketOf)).toEqual([LAST_BUCKET, LAST_BUCKET, LAST_BUCKET]);
});

test('merging two histograms counts what both counted', () => {
  fc.assert(
    fc.property(fc.array(latency, { maxLength: 40 }), fc.array(latency, { maxLength: 40 }), (left, right) => {
      expect(merge(histogramOf(left), histogramOf(right))).toEqual(histogramOf([...left, ...right]));
    }),
  );
});

test('quantiles are those of the sorted latencies, within 1 %', () => {
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1),
      (latencies, q) => {
        const sorted = latencies.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)] ?? 0;
        expectWithinOnePercent(quantile(histogramOf(latencies), q), exact);
      },
    ),
  );
  expect(quantile([], 0.5)).toBeUndefined();
});

test('what lies above a limit, and the mean, are counted per bucket', () => {
  const histogram = histogramOf([10, 10, 20, 400]);
  expect(total(histogram)).toBe(4);
  expect([5, 10, 15, 400, 1000].map((ms) => countAbove(histogram, ms))).toEqual([4, 2, 2, 0, 0]);
  expectWithinOnePercent(mean(histogram), 110);
  expect(mean([])).toBeUndefined();
});

test('adding many histograms at once is adding one after another', () => {
  const latencies = fc.array(latency, { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(latencies, { maxLength: 8 }), (seconds) => {
      const histograms = seconds.map(histogramOf);
      expect(mergeAll(histograms)).toEqual(histograms.reduce(merge, []));
    }),
  );
});
