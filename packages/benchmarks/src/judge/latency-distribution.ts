import { bucketOf, valueOf } from '@sluice/core/analysis/histogram.ts';
import { LATENCY_QUANTILES } from '@sluice/core/analysis/baseline.ts';
import { normalUpperTail } from '@sluice/core/analysis/normal-distribution.ts';
import { randomBinomial } from '@sluice/core/analysis/random-counts.ts';
import type { Random } from '@sluice/core/kernel/prng.ts';

/** The part of requests slower than so many milliseconds. */
export type SlowerThan = (ms: number) => number;

const MEDIAN_MS = 100;
const SIGMA = 0.6;
/** Latencies beyond so many standard deviations are left in the end buckets. */
const REACH = 6.5;
/** The slowest tenth of requests is what a tail regression slows. */
const TAIL_PART = 0.1;
/** What the tail is multiplied by so that p95 becomes 1.1, 1.5 and 3 times as long (judge.md 4.1). */
const TAIL_MULTIPLES: Readonly<Record<number, number>> = { 1.1: 1.7011, 1.5: 3.5033, 3: 8.0211 };

/**
 * Slower candidate responses are harm, in milliseconds: the upper edge of the bucket of stable's true p95 (268.29 ms)
 * among the buckets of judge.md, which begin at 1 ms; so its harm figures count.
 */
export const HARM_MS = 1.02 ** 283;

/** Stable: lognormal, median 100 ms, sigma 0.6. */
export const usualLatency: SlowerThan = (ms) => normalUpperTail(Math.log(ms / MEDIAN_MS) / SIGMA);

/** A candidate whose p95 is `factor` times stable's: all requests slower, or only the slowest tenth. */
export function slowerLatency(kind: 'scale' | 'tail', factor: number): SlowerThan {
  if (kind === 'scale') return (ms) => usualLatency(ms / factor);
  const multiple = TAIL_MULTIPLES[factor] ?? factor;
  return (ms) => (1 - TAIL_PART) * usualLatency(ms) + TAIL_PART * usualLatency(ms / multiple);
}

/** The upper edge of a bucket, in milliseconds. */
export const upperEdge = (bucket: number): number => (valueOf(bucket) * 2.02) / 2;

const FIRST_BUCKET = bucketOf(MEDIAN_MS * Math.exp(-REACH * SIGMA));
const LAST_USED_BUCKET = bucketOf(MEDIAN_MS * Math.exp(REACH * SIGMA));
const TAILS = Array.from({ length: LAST_USED_BUCKET - FIRST_BUCKET + 1 }, (_, i) =>
  usualLatency(upperEdge(FIRST_BUCKET + i)),
);

/** The buckets of p50, p90, p95 and p99 in a sample of so many of stable's requests. */
export function drawThresholdBuckets(random: Random, requests: number): readonly number[] {
  const ranks = LATENCY_QUANTILES.map((q) => Math.max(1, Math.ceil(q * requests - 1e-9)));
  const found: number[] = [];
  let above = requests;
  let tailBefore = 1;
  for (let i = 0; i < TAILS.length && found.length < ranks.length; i++) {
    const tail = TAILS[i] ?? 0;
    above = randomBinomial(random, above, Math.min(1, tail / tailBefore));
    tailBefore = tail;
    while (found.length < ranks.length && requests - above >= (ranks[found.length] ?? 0))
      found.push(FIRST_BUCKET + i);
  }
  while (found.length < ranks.length) found.push(LAST_USED_BUCKET);
  return found;
}
