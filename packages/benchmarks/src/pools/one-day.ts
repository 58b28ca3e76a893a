import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { decidePool, type PoolMemory } from '@sluice/core/tasks/pool.ts';
import { foreseenPlaces, HISTORY_BUCKET_MS } from '@sluice/core/tasks/pool-forecast.ts';
import type { PoolSpec } from '@sluice/core/tasks/pool-spec.ts';
import { type LoadPattern, MEASURED_DAY, poisson } from './load-patterns.ts';

const DAY_SECONDS = 86_400;
/** How long a task takes on average, in seconds; durations are spread exponentially. */
export const TASK_SECONDS = 20;
/** How often the pool is decided, in seconds. */
const LOOK_SECONDS = 2;

/** How often the history is asked, in seconds; it has an entry for five minutes. */
const FORESEE_SECONDS = 20;

/** How a pool is kept, and how long its workers take to start. */
export interface DayOptions {
  readonly pattern: LoadPattern;
  readonly startSeconds: number;
  readonly spareWorkers: number;
  readonly isForeseeing: boolean;
  readonly seed: number;
}

/** What a day came to. */
export interface DayResult {
  readonly tasks: number;
  /** Waiting time of tasks, in seconds. */
  readonly p50: number;
  readonly p99: number;
  readonly workerHours: number;
}

/** Plays the last day second by second, with the pool as production decides it, after fourteen days of history. */
export function playDay(options: DayOptions): DayResult {
  const random = seededRandom(options.seed);
  const world = new PlayedPool(options, random);
  for (let second = 0; second < DAY_SECONDS; second++) world.step(second);
  return world.result();
}

class PlayedPool {
  readonly #options: DayOptions;
  readonly #random: Random;
  readonly #spec: PoolSpec;
  /** When each waiting task came in. */
  readonly #waiting: number[] = [];
  #head = 0;
  /** When each running task ends. */
  #running: number[] = [];
  /** When each worker that starts will be there. */
  #starting: number[] = [];
  #ready = 1;
  #foreseenAt = Number.NEGATIVE_INFINITY;
  #places = 0;
  #memory: PoolMemory | null = null;
  #workerSeconds = 0;
  readonly #waits: number[] = [];
  readonly #history: Map<number, number>;
  #bucket = { sum: 0, looks: 0 };

  constructor(options: DayOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#history = historyOf(options.pattern, random);
    this.#spec = {
      ...{ mostWorkers: 100, tasksPerWorker: 1, targetWaitMs: 10_000, keepMs: 60_000, sleepAfterMs: null },
      ...{ spareWorkers: options.spareWorkers, isForeseeing: options.isForeseeing, scaler: 'hpa' },
      recycle: { tasks: 0, ageMs: 0, memoryBytes: 0 },
    };
  }

  step(second: number): void {
    const { pattern } = this.#options;
    this.#running = this.#running.filter((end) => end > second);
    const arrived = this.#starting.filter((at) => at <= second).length;
    this.#starting = this.#starting.filter((at) => at > second);
    this.#ready += arrived;
    const incoming = poisson(pattern.rate(second, MEASURED_DAY), this.#random);
    for (let n = 0; n < incoming; n++) this.#waiting.push(second);
    while (this.#head < this.#waiting.length && this.#running.length < this.#ready) {
      this.#waits.push(second - (this.#waiting[this.#head++] ?? second));
      this.#running.push(second - Math.log(1 - this.#random()) * TASK_SECONDS);
    }
    if (second % LOOK_SECONDS === 0) this.#decide(second);
    this.#workerSeconds += this.#ready + this.#starting.length;
  }

  result(): DayResult {
    const sorted = this.#waits.toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
    return { tasks: sorted.length, p50: at(0.5), p99: at(0.99), workerHours: this.#workerSeconds / 3600 };
  }

  #decide(second: number): void {
    const { isForeseeing, startSeconds } = this.#options;
    const now = (MEASURED_DAY * DAY_SECONDS + second) * 1000;
    const waiting = this.#waiting.length - this.#head;
    this.#note(now, waiting);
    const load = {
      ...{ waiting, running: this.#running.length, attemptMs: TASK_SECONDS * 1000 },
      oldestAt:
        waiting === 0 ? null : (MEASURED_DAY * DAY_SECONDS + (this.#waiting[this.#head] ?? second)) * 1000,
      foreseenPlaces: isForeseeing ? this.#foreseen(second, now, startSeconds) : 0,
    };
    const order = { ordered: 1, instances: 1, isJudged: false };
    const { workers, memory } = decidePool(this.#spec, order, load, { now, memory: this.#memory });
    this.#memory = memory;
    for (let have = this.#ready + this.#starting.length; have < workers; have++)
      this.#starting.push(second + startSeconds);
    // Whoever still starts is given up first; of the others only the idle leave.
    const surplus = this.#ready + this.#starting.length - workers;
    const givenUp = Math.max(0, Math.min(surplus, this.#starting.length));
    this.#starting.length -= givenUp;
    this.#ready -= Math.max(0, Math.min(surplus - givenUp, this.#ready - this.#running.length));
  }

  #foreseen(second: number, now: number, startSeconds: number): number {
    if (second - this.#foreseenAt >= FORESEE_SECONDS) {
      this.#foreseenAt = second;
      this.#places = foreseenPlaces(this.#history, now, (startSeconds + 60) * 1000);
    }
    return this.#places;
  }

  /** Today becomes history as well, for the level of today. */
  #note(now: number, waiting: number): void {
    const at = Math.floor(now / HISTORY_BUCKET_MS) * HISTORY_BUCKET_MS;
    if (!this.#history.has(at)) this.#bucket = { sum: 0, looks: 0 };
    this.#bucket = {
      sum: this.#bucket.sum + this.#running.length + Math.min(waiting, 2 * this.#running.length),
      looks: this.#bucket.looks + 1,
    };
    this.#history.set(at, this.#bucket.sum / this.#bucket.looks);
  }
}

/** What fourteen days needed: places by Little's law, as unsteady as counts are. */
function historyOf(pattern: LoadPattern, random: Random): Map<number, number> {
  const bucketSeconds = HISTORY_BUCKET_MS / 1000;
  const entries = new Map<number, number>();
  for (let day = 0; day < MEASURED_DAY; day++)
    for (let second = 0; second < DAY_SECONDS; second += bucketSeconds) {
      const samples = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) =>
        pattern.rate(second + part * bucketSeconds, day),
      );
      const mean = samples.reduce((sum, rate) => sum + rate, 0) / samples.length;
      const places = mean * TASK_SECONDS;
      const spread = (random() + random() + random() - 1.5) * Math.sqrt(places / 10);
      entries.set((day * DAY_SECONDS + second) * 1000, Math.max(0, places + spread));
    }
  return entries;
}
