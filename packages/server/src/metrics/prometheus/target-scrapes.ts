import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Point, Trail } from './counter-trail.ts';

/** When each target was scraped, as far as it shows in what was read. */
export interface TargetScrapes {
  /** Whether a target was scraped after one moment and before another. */
  between(target: string | null, after: Instant, before: Instant): boolean;
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
    between: (target, after, before) => {
      const times = target === null ? undefined : sorted.get(target);
      const next = times?.[firstAbove(times, after)];
      return next !== undefined && next < before;
    },
  };
}

/** The place of the first moment that is later. */
function firstAbove(times: readonly Instant[], after: Instant): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
