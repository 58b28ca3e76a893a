import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { NativeBucket, Series } from './prometheus-answer.ts';

/** What a histogram held at one moment, in buckets that do not overlap, from low to high; the last may be endless. */
export interface HistogramCounts {
  readonly total: number;
  readonly buckets: readonly NativeBucket[];
}

/** One counter or histogram over time, as it was scraped. */
export interface Trail<Value> {
  /** Its labels, in one order. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Who was scraped; null where the labels do not tell, as of a sum over several. */
  readonly target: string | null;
  readonly points: readonly Point<Value>[];
}

/** What a trail was at one moment. */
export interface Point<Value> {
  readonly at: Instant;
  readonly value: Value;
}

/** Who was scraped, by the two labels that Prometheus itself gives to every series; null where they are missing. */
export const targetOf = ({ job, instance }: Readonly<Record<string, string>>): string | null =>
  instance === undefined ? null : `${job ?? ''} ${instance}`;

/** Counters; what is no number or below zero cannot be one, and is left out. */
export function counterTrails(series: readonly Series[]): readonly Trail<number>[] {
  return series.map(({ labels, samples }) => ({
    ...identityOf(labels),
    points: samples.flatMap(({ at, value }) =>
      Number.isFinite(value) && value >= 0 ? [{ at, value: Math.round(value) }] : [],
    ),
  }));
}

/** Histograms, native ones and those of `le` buckets; where a target offers both forms of one, the native one. */
export function histogramTrails(series: readonly Series[]): readonly Trail<HistogramCounts>[] {
  const natives = series.filter(({ histograms }) => histograms.length > 0).map(nativeTrail);
  const native = new Set(natives.map(({ key }) => key));
  return [...natives, ...classicTrails(series).filter(({ key }) => !native.has(key))];
}

function nativeTrail({ labels, histograms }: Series): Trail<HistogramCounts> {
  return {
    ...identityOf(labels),
    points: histograms.map(({ at, histogram }) => ({
      at,
      value: {
        total: Math.round(histogram.count),
        buckets: histogram.buckets.map((bucket) => ({ ...bucket, count: Math.round(bucket.count) })),
      },
    })),
  };
}

/** Of one histogram, by the moment: how many were at most `le`. */
type Cumulative = Map<Instant, (readonly [le: number, count: number])[]>;

function classicTrails(series: readonly Series[]): readonly Trail<HistogramCounts>[] {
  const groups = new Map<string, { identity: Identity; moments: Cumulative }>();
  for (const { labels, samples } of series) {
    const { le, ...rest } = labels;
    if (le === undefined) continue;
    const identity = identityOf(rest);
    const { moments } = getOrSet(groups, identity.key, () => ({ identity, moments: new Map() }));
    const edge = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    for (const { at, value } of samples)
      if (Number.isFinite(value)) getOrSet(moments, at, () => []).push([edge, Math.round(value)]);
  }
  return [...groups.values()].map(({ identity, moments }) => ({
    ...identity,
    points: [...moments]
      .sort(([left], [right]) => left - right)
      .map(([at, cumulative]) => ({ at, value: apart(cumulative) })),
  }));
}

/** Buckets that each hold what the ones below do not. */
function apart(cumulative: readonly (readonly [number, number])[]): HistogramCounts {
  const sorted = cumulative.toSorted(([left], [right]) => left - right);
  const buckets: NativeBucket[] = [];
  let below = { edge: 0, count: 0 };
  for (const [edge, count] of sorted) {
    // A scrape that came while the application was counting may be off by a little.
    buckets.push({ left: below.edge, right: edge, count: Math.max(0, count - below.count) });
    below = { edge, count: Math.max(below.count, count) };
  }
  return { total: below.count, buckets };
}

type Identity = Pick<Trail<never>, 'key' | 'labels' | 'target'>;

function identityOf({ __name__: _, ...labels }: Readonly<Record<string, string>>): Identity {
  const key = JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)));
  return { key, labels, target: targetOf(labels) };
}

function getOrSet<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
