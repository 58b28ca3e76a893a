import type { Random } from '@sluice/core/kernel/prng.ts';

/** Jitter is at most this part of the delay, up or down. */
const JITTER = 0.2;

/**
 * How long to wait before the next start, in ms: doubling from `restartBaseMs` with each failure in a row up to
 * `restartCapMs`, spread by a fifth so that instances that fell together do not rise together.
 * @param failures starts that failed since the instance was last stable, from 1 up
 */
export function restartDelayMs(
  failures: number,
  limits: { readonly restartBaseMs: number; readonly restartCapMs: number },
  random: Random,
): number {
  const exponential = limits.restartBaseMs * 2 ** Math.max(0, failures - 1);
  const spread = 1 + JITTER * (2 * random() - 1);
  return Math.round(Math.min(limits.restartCapMs, exponential) * spread);
}
