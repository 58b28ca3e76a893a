import {
  bucketOf,
  countAbove,
  mergeAll,
  type SparseHistogram,
  valueOf,
} from '@sluice/core/analysis/histogram.ts';
import { hash32 } from '@sluice/core/kernel/hash.ts';
import { describe, expect, it, test } from 'vitest';
import { spreadLatency } from './spread-latency.ts';

const spread = (left: number, right: number, from: number, to: number, key = 'a') =>
  spreadLatency({ left, right, from, to }, hash32(key), 1000);
const histogramOf = (counts: ReturnType<typeof spread>): SparseHistogram =>
  counts.map(({ bucket, count }) => [bucket, count] as const).toSorted(([a], [b]) => a - b);
const sum = (counts: ReturnType<typeof spread>) => counts.reduce((all, { count }) => all + count, 0);

test.each([
  [0.25, 0.5, 0, 1],
  [0.25, 0.5, 12_345, 12_399],
  [0.25, 0.5, 7, 100_007],
  [0, 0.005, 0, 77],
  [2.5, Number.POSITIVE_INFINITY, 3, 50],
  [-0.001, 0.001, 0, 9],
  [0.1, 0.1005, 0, 9],
])('from %d to %d s, requests %d to %d: each is counted once, inside', (left, right, from, to) => {
  const counts = spread(left, right, from, to);
  expect(sum(counts)).toBe(to - from);
  for (const { bucket } of counts) {
    expect(bucket).toBeGreaterThanOrEqual(bucketOf(left * 1000));
    expect(bucket).toBeLessThanOrEqual(
      right === Number.POSITIVE_INFINITY ? bucketOf(left * 2000) : bucketOf(right * 1000),
    );
  }
});

it('never puts a request where the next bucket begins', () => {
  const below = spread(0.1, 0.25, 0, 1_000).map(({ bucket }) => bucket);
  const above = spread(0.25, 0.5, 0, 1_000).map(({ bucket }) => bucket);
  expect(Math.max(...below)).toBeLessThan(Math.min(...above));
});

it('is the same in any number of steps', () => {
  const inOne = histogramOf(spread(0.25, 0.5, 10, 90));
  const inMany = mergeAll([
    histogramOf(spread(0.25, 0.5, 10, 11)),
    histogramOf(spread(0.25, 0.5, 11, 40)),
    histogramOf(spread(0.25, 0.5, 40, 90)),
  ]);
  expect(inMany).toEqual(inOne);
});

describe('an arm with few requests looks like one with many', () => {
  const threshold = valueOf(bucketOf(360));
  const above = (histogram: SparseHistogram) => countAbove(histogram, threshold);
  const many = above(histogramOf(spread(0.25, 0.5, 0, 100_000))) / 100_000;

  it('when they come one by one', () => {
    const one = histogramOf(spread(0.25, 0.5, 0, 200, 'candidate'));
    expect(above(one) / 200).toBeCloseTo(many, 1);
  });

  it('when each is the first of its series', () => {
    const firsts = Array.from({ length: 1_000 }, (_, pod) =>
      histogramOf(spread(0.25, 0.5, 0, 1, `pod ${pod}`)),
    );
    // Four standard deviations of 1,000 throws.
    expect(Math.abs(above(mergeAll(firsts)) / 1_000 - many)).toBeLessThan(0.064);
  });

  it('when each series has two', () => {
    const pairs = Array.from({ length: 500 }, (_, pod) => histogramOf(spread(0.25, 0.5, 0, 2, `pod ${pod}`)));
    expect(Math.abs(above(mergeAll(pairs)) / 1_000 - many)).toBeLessThan(0.064);
  });
});
