import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Point } from './counter-trail.ts';

/** What is known of when samples come. */
export interface SampleTimes {
  readonly tickMs: number;
  /** How long after a moment its samples are expected to be there, in ms. */
  readonly delayMs: number;
  readonly now: Instant;
}

/**
 * Two scrapes within so many ticks follow one another, and what grew between them is shared out over that time. After as
 * many ticks without a sample a target is waited for no longer: what it brings then is counted when it comes.
 */
export const PATIENCE_TICKS = 1.5;

/** When each target of one query was last scraped. */
export type LastScrapes = ReadonlyMap<string, Instant>;

/** The newest point of each target. */
export function lastScrapes(
  trails: readonly { readonly target: string | null; readonly points: readonly Point<unknown>[] }[],
): LastScrapes {
  const last = new Map<string, Instant>();
  for (const { target, points } of trails) {
    const newest = points.at(-1)?.at;
    if (target !== null && newest !== undefined)
      last.set(target, Math.max(newest, last.get(target) ?? newest));
  }
  return last;
}

/**
 * The border from `first` to `last` up to which every tick has all its samples: each target that was scraped lately has been
 * scraped after the border, and so told what happened up to it. A scrape may take long, and what it brings has the time at
 * which it began: a tick that was given without it would be without it for ever. Who does not come is waited for only so
 * long.
 */
export function completeUntil(
  { first, last }: { readonly first: Instant; readonly last: Instant },
  scrapes: readonly LastScrapes[],
  { tickMs, delayMs, now }: SampleTimes,
): Instant {
  const waits = (border: Instant): boolean => {
    if (now >= border + PATIENCE_TICKS * tickMs + delayMs) return false;
    const earliest = border - PATIENCE_TICKS * tickMs;
    return scrapes.some((newest) => [...newest.values()].some((at) => at < border && at > earliest));
  };
  let border = first;
  while (border < last && !waits(border + tickMs)) border += tickMs;
  return border;
}
