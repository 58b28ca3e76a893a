import type { Instant } from '../kernel/instant.ts';

/** How often something may be done: so often a second over time, and so often at once after a rest. */
export interface Pace {
  readonly perSecond: number;
  /** At least 1. */
  readonly burst: number;
}

/** What a pace leaves to somebody at a moment. */
export interface Allowance {
  readonly allowed: boolean;
  /** How often it may be done now, after this; a whole number from 0 to the burst. */
  readonly left: number;
  /** How long to wait before it is allowed, in ms; 0 when it is. */
  readonly waitMs: number;
  /** Until the whole burst is there again if nobody asks, in ms. */
  readonly restMs: number;
  /** When that is: all that is kept of somebody. One that has passed says as much as none. */
  readonly wholeAt: Instant;
}

/**
 * Takes one from somebody's allowance, if there is one: a token bucket, kept as the one moment at which it is full again (the
 * virtual scheduling form of the generic cell rate algorithm, ITU-T I.371, annex A). What is refused costs nothing.
 *
 * @param wholeAt what was kept of them; undefined for nothing
 */
export function takeOne(pace: Pace, wholeAt: Instant | undefined, now: Instant): Allowance {
  const mostMs = longestRestMs(pace);
  // A clock that was put back must not make anybody wait for as long as that.
  const before = Math.min(Math.max(wholeAt ?? now, now), now + mostMs);
  const after = before + 1000 / pace.perSecond;
  // Sums of fractions miss the last one of a burst by less than a thousandth of a millisecond.
  const allowed = after - now <= mostMs + 1e-3;
  const kept = allowed ? after : before;
  return {
    allowed,
    left: Math.max(0, Math.floor(((mostMs - (kept - now)) / 1000) * pace.perSecond + 1e-6)),
    waitMs: allowed ? 0 : after - now - mostMs,
    restMs: kept - now,
    wholeAt: kept,
  };
}

/** How long a burst takes to come back, in ms. */
export const longestRestMs = ({ burst, perSecond }: Pace): number => (burst / perSecond) * 1000;
