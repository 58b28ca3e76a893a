import { bucketOf, LAST_BUCKET } from '@sluice/core/analysis/histogram.ts';
import type { ArmSecond } from '@sluice/protocol/host/host-schema.ts';

/** The place in `statuses` of requests that got no answer; before it come the classes 1xx to 5xx. */
const NO_ANSWER = 5;

/** What a worker counts for one revision in the running second. One array per revision, cleared each second. */
export class ArmCounts {
  readonly track: string;
  readonly revision: string;
  #requests = 0;
  #errors = 0;
  #trials = 0;
  #goals = 0;
  #mirrorMismatches = 0;
  readonly #statuses = [0, 0, 0, 0, 0, 0];
  readonly #latency = new Int32Array(LAST_BUCKET + 1);
  #touched: number[] = [];

  constructor(track: string, revision: string) {
    this.track = track;
    this.revision = revision;
  }

  /** An answer that was given whole, or whose client left: 500 and above are errors. */
  answered(status: number, latencyMs: number): void {
    this.#observe(latencyMs);
    if (status >= 500) this.#errors++;
    const place = Math.min(Math.max(Math.trunc(status / 100), 1), NO_ANSWER) - 1;
    this.#statuses[place] = (this.#statuses[place] ?? 0) + 1;
  }

  /** No connection, a reset before the answer was whole, or a timeout. */
  unanswered(latencyMs: number): void {
    this.#observe(latencyMs);
    this.#errors++;
    this.#statuses[NO_ANSWER] = (this.#statuses[NO_ANSWER] ?? 0) + 1;
  }

  /** A request on the start of the goal. */
  tried(): void {
    this.#trials++;
  }

  /** An answer that reached the goal. */
  reachedGoal(): void {
    this.#goals++;
  }

  /** A mirrored copy answered with another status than the revision that served. */
  mirrorDiffered(): void {
    this.#mirrorMismatches++;
  }

  get isEmpty(): boolean {
    return this.#requests === 0 && this.#mirrorMismatches === 0 && this.#trials === 0 && this.#goals === 0;
  }

  /** The counts so far, which then begin again at 0. */
  take(): ArmSecond {
    const second = {
      requests: this.#requests,
      errors: this.#errors,
      latency: this.#takeLatency(),
      statuses: [...this.#statuses],
      trials: this.#trials,
      goals: this.#goals,
      mirrorMismatches: this.#mirrorMismatches,
    };
    this.#requests = this.#errors = this.#trials = this.#goals = this.#mirrorMismatches = 0;
    this.#statuses.fill(0);
    return second;
  }

  #observe(latencyMs: number): void {
    this.#requests++;
    const bucket = bucketOf(latencyMs);
    const before = this.#latency[bucket] ?? 0;
    if (before === 0) this.#touched.push(bucket);
    this.#latency[bucket] = before + 1;
  }

  #takeLatency(): [number, number][] {
    const pairs = this.#touched
      .sort((left, right) => left - right)
      .map((bucket): [number, number] => [bucket, this.#latency[bucket] ?? 0]);
    for (const bucket of this.#touched) this.#latency[bucket] = 0;
    this.#touched = [];
    return pairs;
  }
}
