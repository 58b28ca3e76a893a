import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Pace } from '@sluice/core/rollout/decide.ts';

/** One look at a track: when the one before was, when this one was due, and when it is. */
export interface Look {
  readonly lookedAt: Instant;
  readonly dueAt: Instant;
  readonly now: Instant;
  /** From 0 to 1, another one for every look: what was due together falls apart. */
  readonly place: number;
  /** The first one since the loop began, or since the clock was set back, when everything was due together. */
  readonly isFirst: boolean;
}

/** A look that is later than this is late: the loop has more to do than it can. In milliseconds. */
const LATE_MS = 250;
/** A look that is in time by so much is followed by one that comes a little sooner: by a part, and by milliseconds. */
const IN_TIME_MS = 150;
const SOONER_PART = 0.05;
const SOONER_MS = 50;
/** Stretched paces differ by so much either way, or the crowd of a start would stay one and be late together in each round. */
const SPREAD = 0.15;

/**
 * The pace for the next look at a track. A loop that cannot keep the wanted pace looks at everything less often instead
 * of later and later, so that a person's command never waits behind looks that are overdue; no evidence is lost, as the
 * next look reads all seconds since the last. A late look asks for as much time as the round has really taken, which
 * is what the pace would have had to be; looks in time feel their way back. It never becomes slower than `idleMs`.
 * After its first look a track gets a place of its own within one pace, or a start would be a crowd in every round after.
 */
export function stretchedPace(wanted: Pace, { lookedAt, dueAt, now, place, isFirst }: Look): Pace {
  if (isFirst) return { ...wanted, activeMs: Math.ceil(wanted.activeMs * place) };
  const slowestMs = Math.max(wanted.activeMs, wanted.idleMs);
  const within = (ms: number): number => Math.min(slowestMs, Math.max(wanted.activeMs, ms));
  const nextMs = adapted(within(dueAt - lookedAt), now - dueAt);
  if (nextMs <= wanted.activeMs) return wanted;
  return { ...wanted, activeMs: Math.round(within(nextMs * (1 + SPREAD * (2 * place - 1)))) };
}

function adapted(lastMs: number, lateMs: number): number {
  if (lateMs > LATE_MS) return lastMs + lateMs;
  return lateMs > IN_TIME_MS ? lastMs : lastMs * (1 - SOONER_PART) - SOONER_MS;
}
