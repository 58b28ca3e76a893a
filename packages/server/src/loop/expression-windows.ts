import type { Instant } from '@sluice/core/kernel/instant.ts';

/** A span of time; `until` is not part of it. */
export interface Window {
  readonly from: Instant;
  readonly until: Instant;
}

/**
 * The windows evaluated at one look for one expression, at most. A look after a quarter of an hour, as much as a provider
 * keeps, has so many of nine seconds; of shorter ones the newest are evaluated, and the others never.
 */
export const MOST_WINDOWS = 100;

/**
 * The windows of a step that ended with what was looked at, the oldest first. They follow one another from the step's
 * first whole second on, so that none reaches back before it, and each ends in exactly one look.
 *
 * @param looked from where the look before ended to where this one has come
 */
export function expressionWindows(stepSince: Instant, windowMs: number, looked: Window): readonly Window[] {
  const start = Math.ceil(stepSince / 1000) * 1000;
  /** How many windows of the step have ended by then. */
  const ended = (at: Instant): number => Math.max(0, Math.floor((at - start) / windowMs));
  const last = ended(looked.until);
  const first = Math.max(ended(looked.from), last - MOST_WINDOWS);
  return Array.from({ length: Math.max(0, last - first) }, (_, index) => {
    const from = start + (first + index) * windowMs;
    return { from, until: from + windowMs };
  });
}
