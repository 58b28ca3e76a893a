/**
 * What the same time of earlier days says of the load to come: the upper quartile of what those days needed in the time
 * ahead, at the level of today. Where there is nothing to go by it says 0, and the pool only reacts.
 */
import type { Instant } from '../kernel/instant.ts';

/** How long one entry of the history is, in ms. */
export const HISTORY_BUCKET_MS = 300_000;
/** Earlier days that are looked at; two weeks have each day of the week twice. */
export const HISTORY_DAYS = 14;
/** Fewer days than this say nothing about days. */
const FEWEST_DAYS = 3;
/** Over how long today is compared with earlier days, in ms. */
const LEVEL_MS = 3_600_000;
/** Today may be so much more than any day before; what is beyond is reacted to. */
const MOST_LEVEL = 1.5;
const DAY_MS = 86_400_000;
const QUANTILE = 0.75;

/** The mean of the places that were needed in each stretch of time, by its beginning: multiples of `HISTORY_BUCKET_MS`. */
export type LoadHistory = ReadonlyMap<Instant, number>;

/**
 * Places that will be needed at some moment from `now` to `now + aheadMs`.
 *
 * @param byStart stretches that are missing were not seen, and are not taken for nothing
 */
export function foreseenPlaces(byStart: LoadHistory, now: Instant, aheadMs: number): number {
  const days = Array.from({ length: HISTORY_DAYS }, (_, nth) => (nth + 1) * DAY_MS);
  const ahead = days.flatMap((back) => peakOf(byStart, now - back, now - back + aheadMs) ?? []);
  if (ahead.length < FEWEST_DAYS) return 0;
  return quantileOf(ahead) * levelOf(byStart, days, now);
}

/** Today beside earlier days, over the last hour: a holiday is not taken for a working day. */
function levelOf(byStart: LoadHistory, days: readonly number[], now: Instant): number {
  const today = meanOf(byStart, now - LEVEL_MS, now);
  const before = days.flatMap((back) => meanOf(byStart, now - back - LEVEL_MS, now - back) ?? []);
  if (today === null || before.length < FEWEST_DAYS) return 1;
  const usual = quantileOf(before);
  return usual === 0 ? 1 : Math.min(MOST_LEVEL, today / usual);
}

const startOf = (at: Instant): Instant => Math.floor(at / HISTORY_BUCKET_MS) * HISTORY_BUCKET_MS;

function entriesOf(byStart: LoadHistory, from: Instant, until: Instant): readonly number[] {
  const found: number[] = [];
  for (let at = startOf(from); at <= until; at += HISTORY_BUCKET_MS) {
    const places = byStart.get(at);
    if (places !== undefined) found.push(places);
  }
  return found;
}

function peakOf(byStart: LoadHistory, from: Instant, until: Instant): number | null {
  const entries = entriesOf(byStart, from, until);
  return entries.length === 0 ? null : Math.max(...entries);
}

function meanOf(byStart: LoadHistory, from: Instant, until: Instant): number | null {
  // The stretch that `until` lies in is not over.
  const entries = entriesOf(byStart, from, startOf(until) - 1);
  return entries.length === 0 ? null : entries.reduce((sum, places) => sum + places, 0) / entries.length;
}

function quantileOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * QUANTILE;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
