import type { FinishedSecond } from '../worker-message.ts';
import { ArmCounts } from './arm-counts.ts';

const SECOND_MS = 1_000;

/** Counts per revision and second, and hands over each second when it has ended. */
export class SecondCounter {
  readonly #arms = new Map<string, ArmCounts>();
  readonly #ship: (second: FinishedSecond) => void;
  readonly #now: () => number;
  #at: number;
  #timer: NodeJS.Timeout | undefined;
  #refused = 0;
  #unmirrored = 0;

  /** @param now the wall clock, ms since the epoch */
  constructor(ship: (second: FinishedSecond) => void, now: () => number = Date.now) {
    this.#ship = ship;
    this.#now = now;
    this.#at = wholeSecond(now());
  }

  /** The counts of a revision; the same object for as long as it is used within a minute. */
  countsOf(track: string, revision: string): ArmCounts {
    const key = `${track}\n${revision}`;
    const known = this.#arms.get(key);
    if (known) return known;
    const counts = new ArmCounts(track, revision);
    this.#arms.set(key, counts);
    return counts;
  }

  /** The router answered a request in its own name. */
  refused(): void {
    this.#refused++;
  }

  /** A request that should have been mirrored was not. */
  unmirrored(): void {
    this.#unmirrored++;
  }

  /** Ships each second soon after it has ended. A request that ends before the timer fires counts for the second that ended. */
  start(): void {
    const sinceSecond = this.#now() - this.#at;
    this.#timer = setTimeout(
      () => {
        this.flush();
        this.start();
      },
      Math.max(1, SECOND_MS - sinceSecond),
    );
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Ships what has been counted; the next count belongs to the second that runs now. */
  flush(): void {
    const arms: FinishedSecond['arms'][number][] = [];
    for (const counts of this.#arms.values())
      if (!counts.isEmpty) arms.push([counts.track, counts.revision, counts.take()]);
    const now = this.#now();
    const [at, refused, unmirrored] = [this.#at, this.#refused, this.#unmirrored];
    this.#at = wholeSecond(now);
    this.#refused = this.#unmirrored = 0;
    this.#ship({ kind: 'second', at, completeUntil: this.#at, arms, refused, unmirrored });
  }

  /** Forgets revisions for which `isUsed` is false and nothing is counted. */
  forgetUnused(isUsed: (counts: ArmCounts) => boolean): void {
    for (const [key, counts] of this.#arms) if (counts.isEmpty && !isUsed(counts)) this.#arms.delete(key);
  }
}

const wholeSecond = (ms: number): number => Math.floor(ms / SECOND_MS) * SECOND_MS;
