import type { Instant } from '../kernel/instant.ts';

/** The rest after the first attempt, in ms; it doubles with each further one. */
export const FIRST_REST_MS = 5_000;
/** The longest rest between attempts, in ms, where the receiver does not ask for more. */
export const LONGEST_REST_MS = 3_600_000;

/**
 * When to try again after an attempt that came to nothing: after a rest that doubles up to an hour, spread by a quarter to both sides
 * so that many do not come back at once, and never before the receiver wants it.
 *
 * @param attempts how many there were, 1 or more
 * @param random from 0 to below 1
 * @returns null when that would be after `expiresAt`
 */
export function nextAttemptAt(
  {
    attempts,
    now,
    expiresAt,
    retryAfterMs,
  }: {
    readonly attempts: number;
    readonly now: Instant;
    readonly expiresAt: Instant;
    readonly retryAfterMs: number | null;
  },
  random: number,
): Instant | null {
  const doubled = FIRST_REST_MS * 2 ** Math.min(attempts - 1, 20);
  const rest = Math.min(doubled, LONGEST_REST_MS) * (0.75 + random / 2);
  const at = now + Math.round(Math.max(rest, retryAfterMs ?? 0));
  return at > expiresAt ? null : at;
}
