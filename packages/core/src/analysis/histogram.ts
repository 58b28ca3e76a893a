/**
 * Latency in logarithmic buckets, as pairs of bucket and count sorted by bucket. A bucket's value is off from any
 * latency inside it by at most (gamma - 1) / (gamma + 1), just under 1 %.
 * Source of the layout: Masson, Rim, Lee: DDSketch, VLDB 2019.
 */
export type SparseHistogram = readonly (readonly [bucket: number, count: number])[];

/** The ratio of two neighbouring bucket edges. */
export const BUCKET_GAMMA = 1.02;
/** Latencies below are counted in bucket 0, in milliseconds. */
export const LOWEST_MS = 0.01;
/** Latencies above are counted in the last bucket, in milliseconds. */
export const HIGHEST_MS = 600_000;

const BUCKETS_PER_E = 1 / Math.log(BUCKET_GAMMA);
const OFFSET = -Math.log(LOWEST_MS) * BUCKETS_PER_E;
const MIDDLE = 2 / (1 + BUCKET_GAMMA);

/** The highest bucket number; buckets are 0 to this, so a counter array needs one more. */
export const LAST_BUCKET = Math.ceil(Math.log(HIGHEST_MS) * BUCKETS_PER_E + OFFSET);

/** The bucket of a latency in milliseconds; anything that is not above `LOWEST_MS` is in bucket 0. */
export function bucketOf(ms: number): number {
  if (!(ms > LOWEST_MS)) return 0;
  if (ms >= HIGHEST_MS) return LAST_BUCKET;
  return Math.ceil(Math.log(ms) * BUCKETS_PER_E + OFFSET);
}

/** The latency that stands for a bucket, in milliseconds. */
export function valueOf(bucket: number): number {
  return bucket <= 0 ? LOWEST_MS : LOWEST_MS * BUCKET_GAMMA ** bucket * MIDDLE;
}

/** Adds two histograms. */
export function merge(left: SparseHistogram, right: SparseHistogram): SparseHistogram {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const merged: (readonly [number, number])[] = [];
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const a = left[l];
    const b = right[r];
    if (a !== undefined && b !== undefined && a[0] === b[0]) merged.push([a[0], a[1] + b[1]]);
    else if (a !== undefined && (b === undefined || a[0] < b[0])) merged.push(a);
    else if (b !== undefined) merged.push(b);
    if (a !== undefined && (b === undefined || a[0] <= b[0])) l++;
    if (b !== undefined && (a === undefined || b[0] <= a[0])) r++;
  }
  return merged;
}

/** Adds many histograms at once, which costs a fraction of adding them to a large one after another. */
export function mergeAll(histograms: readonly SparseHistogram[]): SparseHistogram {
  if (histograms.length < 2) return histograms[0] ?? [];
  const counts = new Map<number, number>();
  for (const histogram of histograms)
    for (const [bucket, count] of histogram) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return [...counts].sort((a, b) => a[0] - b[0]);
}

/** Counts single latencies, in milliseconds. */
export function histogramOf(latenciesMs: readonly number[]): SparseHistogram {
  const counts = new Map<number, number>();
  for (const ms of latenciesMs) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1);
  return [...counts].sort((a, b) => a[0] - b[0]);
}

/** How many latencies a histogram holds. */
export function total(histogram: SparseHistogram): number {
  let sum = 0;
  for (const [, count] of histogram) sum += count;
  return sum;
}

/** How many latencies are in buckets above the one of `ms`. */
export function countAbove(histogram: SparseHistogram, ms: number): number {
  const limit = bucketOf(ms);
  let sum = 0;
  for (const [bucket, count] of histogram) if (bucket > limit) sum += count;
  return sum;
}

/**
 * The smallest latency that at least the fraction `q` (0 to 1) does not exceed, in milliseconds, by nearest rank;
 * undefined for an empty histogram.
 */
export function quantile(histogram: SparseHistogram, q: number): number | undefined {
  const rank = Math.max(1, Math.ceil(q * total(histogram) - 1e-9));
  let seen = 0;
  for (const [bucket, count] of histogram) {
    seen += count;
    if (seen >= rank) return valueOf(bucket);
  }
  return undefined;
}

/** The mean latency in milliseconds; undefined for an empty histogram. */
export function mean(histogram: SparseHistogram): number | undefined {
  const count = total(histogram);
  if (count === 0) return undefined;
  let sum = 0;
  for (const [bucket, inBucket] of histogram) sum += valueOf(bucket) * inBucket;
  return sum / count;
}
