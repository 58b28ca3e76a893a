import type { Instant } from '@sluice/core/kernel/instant.ts';

const DAY_MS = 86_400_000;
/** How long what a worker is given lets it in, in ms. */
export const JOINED_MS = DAY_MS;
/** How long an authority lasts, in ms. */
export const AUTHORITY_MS = 3_650 * DAY_MS;
/** The next one is made when the last ends in less than this, in ms: there is a year to see that it does not work. */
const MADE_BEFORE_MS = 365 * DAY_MS;
/** It signs only then, in ms after it was made: servers look within seconds, and each has to know it before. */
const SIGNS_AFTER_MS = DAY_MS;
/** What the one before has signed last ends a certificate's life later; and a day for clocks, in ms after the next was made. */
const OUTLIVES_NEXT_MS = SIGNS_AFTER_MS + JOINED_MS + DAY_MS;

/** When the certificate of an authority is valid. */
export interface Lifetime {
  readonly from: Instant;
  readonly until: Instant;
}

/** What is to be done with authorities at some moment. */
export interface AuthoritiesNow<Authority> {
  /** Whose certificates let workers in, the oldest first. */
  readonly trusted: readonly Authority[];
  /** Gives certificates; null when there is none that is valid. */
  readonly signing: Authority | null;
  readonly isNextDue: boolean;
}

/**
 * Which authorities count now. One that is not valid yet counts for nothing: a server whose clock is years ahead has made it,
 * and spoils nothing for the others.
 */
export function authoritiesAt<Authority extends Lifetime>(
  kept: readonly Authority[],
  at: Instant,
): AuthoritiesNow<Authority> {
  const valid = kept
    .filter(({ from, until }) => from <= at && at < until)
    .toSorted((one, other) => one.from - other.from);
  const newest = valid.at(-1) ?? null;
  const isKnown = ({ from }: Lifetime): boolean => from + SIGNS_AFTER_MS <= at;
  const outlivesWhatItSigns = ({ until }: Lifetime): boolean => at + JOINED_MS <= until;
  return {
    trusted: valid.filter((_, index) => {
      const next = valid[index + 1];
      return next === undefined || at < next.from + OUTLIVES_NEXT_MS;
    }),
    // When there is none that every server knows, the newest is better than to let nobody in.
    signing: valid.findLast((one) => isKnown(one) && outlivesWhatItSigns(one)) ?? newest,
    isNextDue: newest === null || newest.until - at < MADE_BEFORE_MS,
  };
}
