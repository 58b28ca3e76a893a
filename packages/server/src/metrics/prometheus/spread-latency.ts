import { bucketOf, BUCKET_GAMMA, LAST_BUCKET, LOWEST_MS } from '@sluice/core/analysis/histogram.ts';
import type { BucketStep } from './trail-steps.ts';

/** The lowest bucket is taken to begin at this part of its edge, and the endless one to end at its inverse. */
const OPEN_END = 0.5;
/** Irrational step, so that few requests lie far from each other as well: the golden ratio's fraction. */
const GOLDEN = 0.6180339887498949;

/** A place that counts go to. */
export interface LatencyCount {
  /** Bucket of `SparseHistogram`. */
  readonly bucket: number;
  readonly count: number;
}

/**
 * Spreads what is new in one bucket of Prometheus over the fine buckets that it covers, evenly on the logarithmic scale, in
 * whole numbers.
 *
 * Where a request goes follows from its number in the counter and from the series alone, so that each one is in any place
 * inside with the same chance, however many came at once. Filling up from an end, or rounding shares, would put an arm with
 * few requests elsewhere than one with many, and make a slow candidate out of a small share of the traffic.
 *
 * @param seed the series and its bucket, as a 32-bit hash
 * @param unitMs milliseconds in one unit of the histogram
 */
export function spreadLatency(
  step: Omit<BucketStep, 'since' | 'at'>,
  seed: number,
  unitMs: number,
): readonly LatencyCount[] {
  const { low, high } = fineBuckets(step, unitMs);
  const width = high - low + 1;
  if (width === 1) return [{ bucket: low, count: step.to - step.from }];
  const stride = strideOf(width);
  const offset = seed % width;
  const counts: LatencyCount[] = [];
  for (let residue = 0; residue < width; residue++) {
    const count = numbersOf(residue, width, step.to) - numbersOf(residue, width, step.from);
    if (count > 0) counts.push({ bucket: low + ((offset + residue * stride) % width), count });
  }
  return counts;
}

function fineBuckets(
  { left, right }: Pick<BucketStep, 'left' | 'right'>,
  unitMs: number,
): { low: number; high: number } {
  if (right === Number.POSITIVE_INFINITY) {
    const from = Math.max(left * unitMs, LOWEST_MS);
    return { low: insideAbove(from), high: bucketOf(from / OPEN_END) };
  }
  const high = bucketOf(right * unitMs);
  const low = left > 0 ? insideAbove(left * unitMs) : bucketOf(right * unitMs * OPEN_END);
  return { low: Math.min(low, high), high };
}

/** The first fine bucket whose latencies are all above, so that no request is put below an edge that it was not below. */
const insideAbove = (ms: number): number => Math.min(LAST_BUCKET, bucketOf(ms * BUCKET_GAMMA));

/** How many of the numbers 1 to `last` leave this residue. */
const numbersOf = (residue: number, width: number, last: number): number =>
  Math.floor((last - residue) / width) + (residue === 0 ? 0 : 1);

/** The step nearest to the golden section that visits every place. */
function strideOf(width: number): number {
  for (let stride = Math.max(1, Math.round(width * GOLDEN)); ; stride++)
    if (commonDivisor(stride, width) === 1) return stride;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
