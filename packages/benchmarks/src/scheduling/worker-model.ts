/** What workers are like beside their peers: how long they take (empirical Bayes), and how often they fail (beta-binomial). */

/** So many attempts of its own count as much as what is true of all. */
const SHRINK = 5;
/** What is older than this counts less than half, in ms. */
const HALF_LIFE_MS = 300_000;

const beyond = (value: number, chance: number): number =>
  Math.sign(value) * Math.max(0, Math.abs(value) - chance);

interface Learned {
  at: number;
  attempts: number;
  effects: number;
  ends: number;
  failures: number;
}

/** Learns what workers are like. */
export class WorkerModel {
  readonly #workers = new Map<string, Learned>();

  /** What of the logarithm of durations is this worker's doing. */
  effectOf(worker: string, now: number): number {
    const known = this.#faded(worker, now);
    return known.effects / (known.attempts + SHRINK);
  }

  /**
   * How many attempts of the usual length a task costs on it, those that fail included; what may be chance (two standard
   * errors) is not held against it, nor for it.
   */
  costOf(worker: string, now: number, spread: number): number {
    const known = this.#faded(worker, now);
    const effect = beyond(this.effectOf(worker, now), (2 * spread) / Math.sqrt(known.attempts + SHRINK));
    const ends = known.ends + SHRINK;
    const failing = beyond((known.failures + 0.1) / ends, 2 * Math.sqrt(0.05 / ends));
    return Math.exp(effect) / (1 - Math.min(failing, 0.9));
  }

  learn(
    worker: string,
    now: number,
    { hasFailed, effect }: { readonly hasFailed: boolean; readonly effect: number },
  ): void {
    const known = this.#faded(worker, now);
    known.ends += 1;
    known.failures += hasFailed ? 1 : 0;
    if (hasFailed) return;
    known.attempts += 1;
    known.effects += effect;
  }

  #faded(worker: string, now: number): Learned {
    const known = this.#workers.get(worker) ?? { at: now, attempts: 0, effects: 0, ends: 0, failures: 0 };
    this.#workers.set(worker, known);
    const part = 0.5 ** ((now - known.at) / HALF_LIFE_MS);
    known.at = now;
    known.attempts *= part;
    known.effects *= part;
    known.ends *= part;
    known.failures *= part;
    return known;
  }
}
