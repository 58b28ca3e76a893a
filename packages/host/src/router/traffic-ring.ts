import type { ArmSecond, TrafficReply } from '@sluice/protocol/host/host-schema.ts';
import { merge } from '@sluice/core/analysis/histogram.ts';
import type { FinishedSecond } from './worker-message.ts';

/** How long counts are kept, in seconds. */
export const KEPT_SECONDS = 900;
const SECOND_MS = 1_000;

type Arms = Map<string, ArmSecond>;

/** Counts per track and second, added up over the workers. What is older than `KEPT_SECONDS` is dropped. */
export class TrafficRing {
  readonly #tracks = new Map<string, Map<number, Arms>>();
  /** The earliest second that was ever counted here; orphaned workers bring earlier ones than the start. */
  #sinceMs: number;
  #refused = 0;
  #unmirrored = 0;

  /** @param nowMs the wall clock */
  constructor(nowMs: number) {
    this.#sinceMs = Math.ceil(nowMs / SECOND_MS) * SECOND_MS;
  }

  /** Adds what one worker counted in one second. */
  add({ at, arms, refused, unmirrored }: FinishedSecond): void {
    this.#refused += refused;
    this.#unmirrored += unmirrored;
    this.#sinceMs = Math.min(this.#sinceMs, at);
    for (const [track, revision, counts] of arms) {
      const seconds = this.#secondsOf(track);
      const second = seconds.get(at) ?? new Map<string, ArmSecond>();
      seconds.set(at, second);
      const before = second.get(revision);
      second.set(revision, before === undefined ? counts : sum(before, counts));
    }
    this.#dropBefore(at - KEPT_SECONDS * SECOND_MS);
  }

  /** Requests that should have been mirrored and were not, in all. */
  get unmirrored(): number {
    return this.#unmirrored;
  }

  /**
   * The whole seconds of a track that began at `sinceMs` or later and are complete, oldest first.
   * @param completeUntilMs before it, every worker has sent everything
   */
  read(track: string, range: { sinceMs: number; limit: number; completeUntilMs: number }): TrafficReply {
    const { sinceMs, limit, completeUntilMs } = range;
    const seconds = [...(this.#tracks.get(track) ?? [])]
      .filter(([at]) => at >= sinceMs && at + SECOND_MS <= completeUntilMs)
      .sort(([left], [right]) => left - right)
      .slice(0, limit)
      .map(([at, arms]) => ({ at, arms: Object.fromEntries(arms) }));
    const oldest = Math.floor(completeUntilMs / SECOND_MS - KEPT_SECONDS) * SECOND_MS;
    return {
      now: completeUntilMs,
      keptSince: Math.max(this.#sinceMs, oldest),
      seconds,
      refused: this.#refused,
    };
  }

  /** Forgets a track. */
  forget(track: string): void {
    this.#tracks.delete(track);
  }

  #secondsOf(track: string): Map<number, Arms> {
    const known = this.#tracks.get(track) ?? new Map<number, Arms>();
    this.#tracks.set(track, known);
    return known;
  }

  #dropBefore(oldest: number): void {
    for (const [track, seconds] of this.#tracks) {
      for (const at of seconds.keys()) if (at < oldest) seconds.delete(at);
      if (seconds.size === 0) this.#tracks.delete(track);
    }
  }
}

function sum(left: ArmSecond, right: ArmSecond): ArmSecond {
  return {
    requests: left.requests + right.requests,
    errors: left.errors + right.errors,
    latency: merge(left.latency, right.latency).map(([bucket, count]): [number, number] => [bucket, count]),
    statuses: left.statuses.map((count, index) => count + (right.statuses[index] ?? 0)),
    trials: left.trials + right.trials,
    goals: left.goals + right.goals,
    mirrorMismatches: left.mirrorMismatches + right.mirrorMismatches,
  };
}
