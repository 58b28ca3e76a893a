/**
 * What tasks take, learned as they end: ridge regression on the logarithm of durations, over a few features that are hashed
 * into a short row (Weinberger and others, Feature Hashing, 2009), with what is old forgotten. The normal equations are kept,
 * and solved now and then, as recursive least squares with forgetting are not stable where a feature is not seen for long.
 */
import type { TaskShape } from './played-tasks.ts';

/** Length of a row of features. */
export const FEATURES = 32;
/** Each kind has two of these places, each key one of those. */
const KIND = { from: 4, many: 20 } as const;
const KEY = { from: 24, many: 8 } as const;
/** Old attempts count less: about the last thousand of a revision are remembered. */
const FORGETS = 0.999;
/** What has been seen once or twice says little. */
const RIDGE = 2;
/** The equations are solved after so many attempts. */
const SOLVED_EACH = 16;
/** Attempts over which it is known how good the predictions are. */
const JUDGED_OVER = 300;
/** Before so many attempts nothing is said. */
const FEWEST = 50;

/** Writes the features of a task into a row. */
export function featuresOf({ kind, bytes, key, priority }: TaskShape, row: Float64Array): Float64Array {
  row.fill(0);
  const size = (Math.log2(1 + bytes) - 10) / 4;
  row[0] = 1;
  row[1] = size;
  row[2] = size * size;
  row[3] = (priority - 5) / 5;
  row[KIND.from + (hashed(`kind ${kind}`) % KIND.many)] = 1;
  row[KIND.from + (hashed(`${kind} kind`) % KIND.many)] = 1;
  row[KEY.from + (hashed(`key ${key}`) % KEY.many)] = 1;
  return row;
}

/** FNV-1a, 32 bits, mixed once more so that its low bits are as good as the others. */
function hashed(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 8;
}

/** Learns how long tasks take. */
export class DurationModel {
  #weights: Float64Array<ArrayBufferLike> = new Float64Array(FEATURES);
  readonly #products = new Float64Array(FEATURES * FEATURES);
  readonly #targets = new Float64Array(FEATURES);
  readonly #row = new Float64Array(FEATURES);
  #attempts = 0;
  #mean = 0;
  #meanRatio = 1;
  #around = 0;
  #beside = 0;

  /** Of the variance of the logarithm, what was foretold of the last hundreds (R², 0 to 1). */
  get skill(): number {
    if (this.#attempts < FEWEST) return 0;
    return Math.max(0, 1 - this.#beside / this.#around);
  }

  /** Standard deviation of what the logarithm is beside what was foretold. */
  get spread(): number {
    return this.#attempts < FEWEST ? 2 : Math.sqrt(this.#beside);
  }

  /** How long a task takes beside all others; 1 where nothing is known. What cannot be foretold makes it nearer to 1. */
  ratioOf(task: TaskShape): number {
    return Math.exp(this.#deviation(task) * this.skill) / this.#meanRatio;
  }

  /** The logarithm of ms that is expected of a task; null while nobody knows. */
  expectedLog(task: TaskShape): number | null {
    return this.#attempts < FEWEST ? null : this.#mean + this.#deviation(task);
  }

  /** An attempt has gone well and taken so long; `workerEffect` is what of its logarithm was the worker. */
  learn(task: TaskShape, tookMs: number, workerEffect: number): void {
    const log = Math.log(Math.max(1, tookMs)) - workerEffect;
    this.#attempts += 1;
    this.#mean += (log - this.#mean) / Math.min(this.#attempts, 1000);
    const away = log - this.#mean;
    const error = away - this.#deviation(task);
    const part = 1 / Math.min(this.#attempts, JUDGED_OVER);
    this.#around += (away * away - this.#around) * part;
    this.#beside += (error * error - this.#beside) * part;
    this.#note(away);
    if (this.#attempts % SOLVED_EACH === 0) this.#weights = solved(this.#products, this.#targets);
    const ratio = Math.exp(this.#deviation(task) * this.skill);
    this.#meanRatio += (ratio - this.#meanRatio) * part;
  }

  #deviation(task: TaskShape): number {
    const row = featuresOf(task, this.#row);
    let sum = 0;
    for (let at = 0; at < FEATURES; at++) sum += (this.#weights[at] as number) * (row[at] as number);
    return sum;
  }

  /** The row is that of the last deviation. */
  #note(away: number): void {
    const [row, products, targets] = [this.#row, this.#products, this.#targets];
    for (let at = 0; at < FEATURES; at++) {
      const own = row[at] as number;
      targets[at] = FORGETS * (targets[at] as number) + own * away;
      // The lower half is enough: it is symmetric.
      for (let other = 0; other <= at; other++) {
        const place = at * FEATURES + other;
        products[place] = FORGETS * (products[place] as number) + own * (row[other] as number);
      }
    }
  }
}

/** Solves (products + ridge) weights = targets by Cholesky's decomposition. */
function solved(products: Float64Array, targets: Float64Array): Float64Array {
  const lower = products.slice();
  const weights = targets.slice();
  const value = (row: number, column: number): number => lower[row * FEATURES + column] as number;
  for (let row = 0; row < FEATURES; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = value(row, column) + (row === column ? RIDGE : 0);
      for (let at = 0; at < column; at++) sum -= value(row, at) * value(column, at);
      lower[row * FEATURES + column] = row === column ? Math.sqrt(sum) : sum / value(column, column);
    }
  }
  for (let row = 0; row < FEATURES; row++) {
    for (let at = 0; at < row; at++)
      weights[row] = (weights[row] as number) - value(row, at) * (weights[at] as number);
    weights[row] = (weights[row] as number) / value(row, row);
  }
  for (let row = FEATURES - 1; row >= 0; row--) {
    for (let at = row + 1; at < FEATURES; at++)
      weights[row] = (weights[row] as number) - value(at, row) * (weights[at] as number);
    weights[row] = (weights[row] as number) / value(row, row);
  }
  return weights;
}
