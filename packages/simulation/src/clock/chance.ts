import { assert } from '@sluice/core/kernel/assert.ts';
import { seededRandom, type Random } from '@sluice/core/kernel/prng.ts';

/** Means above this are drawn from a normal curve: counting single arrivals would take as long as the arrivals. */
const NORMAL_FROM_MEAN = 30;

/** A seeded source of everything that is left to chance. */
export class Chance {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A number from `low` up to, but not including, `high`. */
  between(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  /** True with a probability from 0 to 1. */
  happens(probability: number): boolean {
    return this.#random() < probability;
  }

  /** One of a list that is not empty. */
  oneOf<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    assert(item !== undefined, 'a choice needs something to choose from');
    return item;
  }

  /** How many arrivals there are when `mean` are expected. */
  arrivals(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > NORMAL_FROM_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.#random(); product > limit; product *= this.#random()) count++;
    return count;
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return radius * Math.cos(2 * Math.PI * this.#random());
  }
}
