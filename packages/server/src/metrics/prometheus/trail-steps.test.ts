import { describe, expect, it } from 'vitest';
import { counterTrails, histogramTrails } from './counter-trail.ts';
import type { NativeHistogram, Series } from './prometheus-answer.ts';
import { targetScrapes } from './target-scrapes.ts';
import { type Beginning, bucketSteps, counterSteps } from './trail-steps.ts';

const LABELS = { __name__: 'some', job: 'pods', instance: 'one:80' };
const NOTHING: Beginning<never> = { kind: 'nothing' };
const UNKNOWN: Beginning<never> = { kind: 'unknown' };

const counter = (values: readonly number[], labels: Record<string, string> = LABELS): Series => ({
  labels,
  samples: values.map((value, at) => ({ at, value })),
  histograms: [],
});
const grown = (
  values: readonly number[],
  beginning: Beginning<number> = UNKNOWN,
  labels?: Record<string, string>,
) => {
  const trails = counterTrails([counter(values, labels)]);
  return trails.flatMap((trail) =>
    counterSteps(trail, beginning, { scrapes: targetScrapes(trails), longestMs: 10 }).map(
      ({ at, from, to }) => [at, to - from],
    ),
  );
};

describe('a counter', () => {
  it('grows by the difference between two scrapes', () => {
    expect(grown([5, 5, 8, 8, 9])).toEqual([
      [2, 3],
      [4, 1],
    ]);
  });

  it('grows by the whole of it when it begins with what was read, or goes on from before', () => {
    expect(grown([5, 6], NOTHING)).toEqual([
      [0, 5],
      [1, 1],
    ]);
    expect(grown([5, 6], { kind: 'from', value: 2 })).toEqual([
      [0, 3],
      [1, 1],
    ]);
    expect(grown([1, 6], { kind: 'from', value: 2 })).toEqual([
      [0, 1],
      [1, 5],
    ]);
  });

  it('grows by the whole of it after a reset', () => {
    expect(grown([5, 2, 0, 4])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('that is a sum over several processes falls when one goes, and nothing is known of that', () => {
    expect(grown([900, 600, 610], UNKNOWN, { status: '200' })).toEqual([[2, 10]]);
  });

  it('is what is left when what is no number was taken out', () => {
    expect(grown([5, Number.NaN, 8, Number.POSITIVE_INFINITY, -1, 9])).toEqual([
      [2, 3],
      [5, 1],
    ]);
  });
});

/** What a histogram of `le` buckets has at moments 0, 1, …, by edge. */
const classic = (
  edges: Readonly<Record<string, readonly number[]>>,
  labels: Record<string, string> = LABELS,
) => Object.entries(edges).map(([le, values]) => counter(values, { ...labels, le }));

const steps = (series: readonly Series[], beginning: Beginning<never> = UNKNOWN) => {
  const trails = histogramTrails(series);
  return trails.flatMap((trail) =>
    bucketSteps(trail, beginning, { scrapes: targetScrapes(trails), longestMs: 10 }).map(
      ({ at, left, right, from, to }) => [at, left, right, from, to],
    ),
  );
};

describe('a histogram of le buckets', () => {
  it('grows in the buckets apart', () => {
    const series = classic({ '+Inf': [10, 16], '0.1': [4, 5], '1': [9, 13] });
    expect(steps(series)).toEqual([
      [1, 0, 0.1, 4, 5],
      [1, 0.1, 1, 5, 8],
      [1, 1, Number.POSITIVE_INFINITY, 1, 3],
    ]);
  });

  it('is reset when any of its edges has fewer below it', () => {
    expect(steps(classic({ '0.1': [4, 1], '+Inf': [10, 12] }))).toEqual([
      [1, 0, 0.1, 0, 1],
      [1, 0.1, Number.POSITIVE_INFINITY, 0, 11],
    ]);
  });

  it('is not reset by a scrape that came while the application counted', () => {
    expect(steps(classic({ '0.1': [10, 11], '+Inf': [11, 11] }))).toEqual([[1, 0, 0.1, 10, 11]]);
  });

  it('counts from nothing when it begins', () => {
    expect(steps(classic({ '0.1': [2], '+Inf': [3] }), NOTHING)).toEqual([
      [0, 0, 0.1, 0, 2],
      [0, 0.1, Number.POSITIVE_INFINITY, 0, 1],
    ]);
  });

  it('without its bounds is nothing', () => {
    expect(steps([counter([1, 2])])).toEqual([]);
  });
});

const native = (histograms: readonly (readonly (readonly [number, number, number])[])[]): Series => ({
  labels: LABELS,
  samples: [],
  histograms: histograms.map((buckets, at) => ({
    at,
    histogram: {
      count: buckets.reduce((all, [, , count]) => all + count, 0),
      sum: 0,
      buckets: buckets.map(([left, right, count]) => ({ left, right, count })),
    } satisfies NativeHistogram,
  })),
});

describe('a native histogram', () => {
  it('grows in its buckets, and new ones appear', () => {
    expect(
      steps([
        native([
          [[1, 2, 5]],
          [
            [0.5, 1, 1],
            [1, 2, 7],
          ],
        ]),
      ]),
    ).toEqual([
      [1, 0.5, 1, 0, 1],
      [1, 1, 2, 5, 7],
    ]);
  });

  it('may join neighbouring buckets, which is no reset', () => {
    expect(
      steps([
        native([
          [
            [1, 2, 5],
            [2, 4, 3],
          ],
          [[1, 4, 10]],
        ]),
      ]),
    ).toEqual([[1, 1, 4, 8, 10]]);
  });

  it('is reset when a bucket is gone or holds less', () => {
    expect(steps([native([[[1, 2, 5]], [[2, 4, 9]]])])).toEqual([[1, 2, 4, 0, 9]]);
    expect(
      steps([
        native([
          [
            [1, 2, 5],
            [2, 4, 1],
          ],
          [
            [1, 2, 3],
            [2, 4, 4],
          ],
        ]),
      ]),
    ).toEqual([
      [1, 1, 2, 0, 3],
      [1, 2, 4, 0, 4],
    ]);
  });

  it('is preferred to the le buckets of the same one', () => {
    const both = [...classic({ '0.1': [1, 2], '+Inf': [1, 2] }), native([[[1, 2, 5]], [[1, 2, 6]]])];
    expect(steps(both)).toEqual([[1, 1, 2, 5, 6]]);
  });
});
