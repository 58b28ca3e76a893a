import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type Allowance, type Pace, takeOne } from '@sluice/core/limits/pace.ts';

/** Of whom something is remembered at most; a few megabytes. */
const MOST_KEYS = 20_000;

/**
 * The allowances of many, of whom those are forgotten first who have not asked for longest: forgetting somebody gives them
 * their whole burst again, which takes nothing from anybody else.
 */
export class Buckets {
  readonly pace: Pace;
  readonly #most: number;
  readonly #wholeAt = new Map<string, Instant>();

  constructor(pace: Pace, most: number = MOST_KEYS) {
    this.pace = pace;
    this.#most = most;
  }

  /** What taking one would leave; nothing is taken. */
  look(key: string, now: Instant): Allowance {
    return takeOne(this.pace, this.#wholeAt.get(key), now);
  }

  /** Takes what `look` has shown. */
  keep(key: string, { wholeAt }: Allowance): void {
    // Behind all others: a map remembers in which order keys were put in.
    this.#wholeAt.delete(key);
    this.#wholeAt.set(key, wholeAt);
    if (this.#wholeAt.size <= this.#most) return;
    for (const oldest of this.#wholeAt.keys()) {
      this.#wholeAt.delete(oldest);
      return;
    }
  }

  /** Of how many something is remembered. */
  get size(): number {
    return this.#wholeAt.size;
  }
}
