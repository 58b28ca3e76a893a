import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { NativeBucket } from './prometheus-answer.ts';
import type { TargetScrapes } from './target-scrapes.ts';
import type { HistogramCounts, Trail } from './counter-trail.ts';

/**
 * What a trail was before its first point: `from` a value, nothing because it did not exist yet, or not known, and then the
 * first point only tells from where to count on.
 */
export type Beginning<Value> =
  | { readonly kind: 'from'; readonly value: Value }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' };

/** A counter's way from one scrape to the next; `from` is 0 after a reset. */
export interface CounterStep {
  /** The scrape before; the same as `at` where it is not known, or too long ago to say anything about when it grew. */
  readonly since: Instant;
  readonly at: Instant;
  readonly from: number;
  readonly to: number;
}

/** The same for one bucket of a histogram, with its edges in the histogram's unit. */
export interface BucketStep extends CounterStep {
  readonly left: number;
  readonly right: number;
}

/** What is known of the scrapes of all trails. */
export interface StepContext {
  readonly scrapes: TargetScrapes;
  /** A scrape longer ago than this, in ms, does not count as the one before. */
  readonly longestMs: number;
}

/**
 * How a counter grew, scrape by scrape. A value below the one before means that its process began anew, and the whole of it
 * is new (as in Prometheus' own `increase`); but a sum over several processes also falls when one of them goes, and then
 * nothing is known of that step. A counter that was missing when its target was scraped in between is a new one as well,
 * which Prometheus does not notice.
 */
export function counterSteps(
  trail: Trail<number>,
  beginning: Beginning<number>,
  context: StepContext,
): readonly CounterStep[] {
  return pairsOf(trail, beginning, 0, context).flatMap(({ since, at, before, after }) => {
    if (after >= before) return after > before ? [{ since, at, from: before, to: after }] : [];
    return trail.target === null || after === 0 ? [] : [{ since, at, from: 0, to: after }];
  });
}

/** How the buckets of a histogram grew, scrape by scrape; after a reset the whole of it is new. */
export function bucketSteps(
  trail: Trail<HistogramCounts>,
  beginning: Beginning<HistogramCounts>,
  context: StepContext,
): readonly BucketStep[] {
  return pairsOf(trail, beginning, { total: 0, buckets: [] }, context).flatMap(
    ({ since, at, before, after }) => {
      const compared = after.buckets.map((bucket) => ({ bucket, held: heldBy(before.buckets, bucket) }));
      const isReset = after.total < before.total || wasReset(before, compared);
      if (isReset && trail.target === null) return [];
      return compared.flatMap(({ bucket: { left, right, count }, held }) => {
        const from = isReset ? 0 : held;
        return count > from ? [{ since, at, left, right, from, to: count }] : [];
      });
    },
  );
}

interface Compared {
  readonly bucket: NativeBucket;
  /** What was in the bucket before. */
  readonly held: number;
}

/**
 * Whether fewer are at most some edge than there were, or a bucket is gone. A single bucket may hold a little less without a
 * reset: a scrape that comes while the application counts sees one bucket before and another after it.
 */
function wasReset(before: HistogramCounts, compared: readonly Compared[]): boolean {
  let grown = 0;
  let held = 0;
  for (const one of compared) {
    grown += one.bucket.count - one.held;
    held += one.held;
    if (grown < 0) return true;
  }
  return held < before.buckets.reduce((sum, { count }) => sum + count, 0);
}

/** A native histogram may have joined neighbouring buckets since; then the wider one is compared with all inside it. */
function heldBy(buckets: readonly NativeBucket[], { left, right }: NativeBucket): number {
  return buckets.reduce(
    (sum, bucket) => (bucket.left >= left && bucket.right <= right ? sum + bucket.count : sum),
    0,
  );
}

interface Pair<Value> {
  readonly since: Instant;
  readonly at: Instant;
  readonly before: Value;
  readonly after: Value;
}

function pairsOf<Value>(
  { target, points }: Trail<Value>,
  beginning: Beginning<Value>,
  nothing: Value,
  { scrapes, longestMs }: StepContext,
): readonly Pair<Value>[] {
  return points.flatMap(({ at, value }, index) => {
    const previous = points[index - 1];
    if (!previous && beginning.kind === 'unknown') return [];
    const scraped = scrapes.latestBefore(target, at) ?? previous?.at;
    // Before what was read nothing is known of other scrapes.
    const wasMissing = scraped !== undefined && scraped > (previous?.at ?? Number.NEGATIVE_INFINITY);
    const last = previous?.value ?? (beginning.kind === 'from' ? beginning.value : nothing);
    const since = scraped !== undefined && at - scraped <= longestMs ? scraped : at;
    return [{ since, at, before: wasMissing ? nothing : last, after: value }];
  });
}
