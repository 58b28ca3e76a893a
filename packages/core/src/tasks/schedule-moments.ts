import type { Instant } from '../kernel/instant.ts';
import type { MissedPolicy } from './schedule-spec.ts';

/** When something is planned: the first moment after the given one; null when there is none any more. */
export type NextMoment = (after: Instant) => Instant | null;

/** Moments that are due, and the first one that is not. */
export interface DueMoments {
  /** In their order. */
  readonly due: readonly Instant[];
  readonly next: Instant | null;
}

/** A moment that is older than this was missed, in ms: servers look each second, and may be started anew meanwhile. */
export const MISSED_AFTER_MS = 60_000;
/** Most moments that are made up for. */
export const MOST_MISSED = 100;

/**
 * What is to be done now of a plan whose next moment was `planned`. Takes as long for a year of downtime as for a day: it walks
 * only over the moments that happen.
 */
export function momentsDue(
  planned: Instant,
  {
    now,
    missed,
    nextAfter,
  }: { readonly now: Instant; readonly missed: MissedPolicy; readonly nextAfter: NextMoment },
): DueMoments {
  const next = nextAfter(now);
  if (planned > now) return { due: [], next: planned };
  const oldest = missed === 'skip' ? Math.max(planned, now - MISSED_AFTER_MS) : planned;
  const most = missed === 'all' ? MOST_MISSED : 1;
  const late = lastMoments({ from: oldest, now, most, nextAfter });
  const fresh = lastMoments({
    from: Math.max(planned, now - MISSED_AFTER_MS),
    now,
    most: MOST_MISSED,
    nextAfter,
  });
  return { due: [...new Set([...late, ...fresh])].toSorted((a, b) => a - b), next };
}

/** The last moments of a plan between two, both included; looks back in steps that double. */
function lastMoments(wish: {
  readonly from: Instant;
  readonly now: Instant;
  readonly most: number;
  readonly nextAfter: NextMoment;
}): readonly Instant[] {
  const { from, now, most, nextAfter } = wish;
  for (let backMs = MISSED_AFTER_MS; ; backMs *= 2) {
    const begin = Math.max(from, now - backMs);
    const found: Instant[] = [];
    for (let at = nextAfter(begin - 1); at !== null && at <= now; at = nextAfter(at)) found.push(at);
    if (found.length >= most || begin === from) return found.slice(-most);
  }
}
