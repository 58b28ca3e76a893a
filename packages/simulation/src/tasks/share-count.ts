import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Split } from '@sluice/core/traffic/split.ts';

/** Of how many shares one may be outside its bound by chance alone: e to the power of it. */
const LOG_RARITY = 25;

interface Tally {
  readonly split: Split;
  total: number;
  readonly of: Map<string, number>;
}

/** Counts whom the tasks of each split went to, and judges whether that can be chance (Bernstein's inequality). */
export class ShareCount {
  readonly #tallies = new Map<number, Tally>();

  count(generation: number, split: Split, revision: string): void {
    const tally = this.#tallies.get(generation) ?? { split, total: 0, of: new Map<string, number>() };
    this.#tallies.set(generation, tally);
    tally.total += 1;
    tally.of.set(revision, (tally.of.get(revision) ?? 0) + 1);
  }

  over(promised: (holds: boolean, words: () => string) => void): void {
    for (const { split, total, of } of this.#tallies.values())
      for (const { revision, basisPoints } of split.weights) {
        const part = basisPoints / WHOLE_BASIS_POINTS;
        const variance = total * part * (1 - part);
        const bound = Math.sqrt(2 * LOG_RARITY * variance) + (2 * LOG_RARITY) / 3;
        const got = of.get(revision) ?? 0;
        promised(
          Math.abs(got - total * part) <= bound,
          () => `${revision} got ${got} of ${total} tasks with a share of ${part}`,
        );
      }
  }
}
