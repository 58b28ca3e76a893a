import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrafficMinute } from '../store/traffic/traffic-minutes.ts';
import { addTick, NO_TRAFFIC } from './add-tick.ts';

/** What one revision answered in one tick. */
export interface RevisionTick {
  readonly revision: string;
  readonly at: Instant;
  readonly durationMs: number;
  readonly arm: Parameters<typeof addTick>[1];
}

/** Sums of the traffic of one track, by revision and minute. */
export interface MinuteSums {
  add(tick: RevisionTick): void;
  /** The minutes that ended by then. */
  endedBy(until: Instant): readonly TrafficMinute[];
  forget(minutes: readonly TrafficMinute[]): void;
}

const MINUTE_MS = 60_000;

/** The start of the minute of a moment. */
export const minuteOf = (at: Instant): Instant => Math.floor(at / MINUTE_MS) * MINUTE_MS;

/** Begins with nothing. */
export function minuteSums(): MinuteSums {
  const sums = new Map<string, TrafficMinute>();
  const keyOf = ({ revision, minute }: { revision: string; minute: Instant }): string =>
    `${revision} ${minute}`;
  return {
    add: ({ revision, at, durationMs, arm }) => {
      const place = { revision: revisionId(revision), minute: minuteOf(at) };
      const key = keyOf(place);
      sums.set(key, { ...place, ...addTick(sums.get(key) ?? NO_TRAFFIC, arm, durationMs) });
    },
    endedBy: (until) => [...sums.values()].filter(({ minute }) => minute + MINUTE_MS <= until),
    forget: (minutes) => {
      for (const minute of minutes) sums.delete(keyOf(minute));
    },
  };
}
