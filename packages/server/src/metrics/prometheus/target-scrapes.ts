import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Point, Trail } from './counter-trail.ts';

/** When each target was scraped, as far as it shows in what was read. */
export interface TargetScrapes {
  /** The last scrape of a target before a moment; undefined when there was none, or the target is not known. */
  latestBefore(target: string | null, before: Instant): Instant | undefined;
}

/** Gathers the scrapes that the points of all trails stand for. */
export function targetScrapes(
  trails: readonly (Pick<Trail<unknown>, 'target'> & { readonly points: readonly Point<unknown>[] })[],
): TargetScrapes {
  const moments = new Map<string, Set<Instant>>();
  for (const { target, points } of trails) {
    if (target === null) continue;
    const known = moments.get(target) ?? new Set();
    moments.set(target, known);
    for (const { at } of points) known.add(at);
  }
  const sorted = new Map([...moments].map(([target, known]) => [target, [...known].sort((a, b) => a - b)]));
  return {
    latestBefore: (target, before) => {
      const times = target === null ? undefined : sorted.get(target);
      return times?.[firstFrom(times, before) - 1];
    },
  };
}

/** The place of the first moment that is not earlier. */
function firstFrom(times: readonly Instant[], from: Instant): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) >= from) high = middle;
    else low = middle + 1;
  }
  return low;
}
