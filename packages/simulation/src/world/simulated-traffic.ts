import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Chance } from '../clock/chance.ts';
import type { Quality } from '../script/script.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** How much time one tick holds, in milliseconds: coarse, because each tick costs the judge the same work. */
export const TICK_MS = 3000;
/** Ticks that the router remembers. */
const TICKS_KEPT = 200;
/** The part of all requests that carries what matches ask for. */
const MATCHING_PART = 0.05;

/** What one revision did in one tick. */
export interface ArmCounts {
  readonly requests: number;
  readonly errors: number;
  /** Requests that were slow. */
  readonly slow: number;
  readonly goals: number;
}

/** What all revisions did in one tick. */
export interface TrafficTick {
  readonly at: Instant;
  readonly arms: ReadonlyMap<RevisionId, ArmCounts>;
}

/** Requests that arrive at the routers and are answered, or not, by what their tables say. */
export class SimulatedTraffic {
  readonly ticks: TrafficTick[] = [];
  /** Requests so far that reached nobody who was ready. */
  lostRequests = 0;
  readonly #host: SimulatedHost;
  readonly #chance: Chance;
  readonly #requestsPerSecond: number;

  constructor(host: SimulatedHost, chance: Chance, requestsPerSecond: number) {
    this.#host = host;
    this.#chance = chance;
    this.#requestsPerSecond = requestsPerSecond;
  }

  /** Lets the requests of the tick that ends now arrive. */
  flow(now: Instant, isQuiet: boolean): void {
    const requests = isQuiet || this.#host.isDown ? 0 : (this.#requestsPerSecond * TICK_MS) / 1000;
    const arms = new Map<RevisionId, ArmCounts>();
    for (const [revision, part] of this.#parts())
      arms.set(revision, this.#answered(revision, requests * part, now));
    this.ticks.push({ at: now - TICK_MS, arms });
    if (this.ticks.length > TICKS_KEPT) this.ticks.shift();
  }

  /** The part of all requests that each revision gets, copies included. */
  #parts(): ReadonlyMap<RevisionId, number> {
    const parts = new Map<RevisionId, number>();
    const add = (revision: RevisionId, part: number): void => {
      parts.set(revision, (parts.get(revision) ?? 0) + part / this.#host.tables.length);
    };
    for (const table of this.#host.tables) {
      if (!table) continue;
      const { weights, matches, mirror } = table.split;
      const matched = matches[0] ? MATCHING_PART : 0;
      if (matches[0]) add(matches[0].revision, matched);
      for (const { revision, basisPoints } of weights) add(revision, ((1 - matched) * basisPoints) / 10_000);
      if (mirror) add(mirror.revision, mirror.basisPoints / 10_000);
    }
    return parts;
  }

  #answered(revision: RevisionId, mean: number, now: Instant): ArmCounts {
    const requests = this.#chance.arrivals(mean);
    const hosted = this.#host.revisions.get(revision);
    if (!hosted || hosted.ready(now) === 0) {
      this.lostRequests += requests;
      return { requests, errors: requests, slow: 0, goals: 0 };
    }
    const { errorRate, slowRate, goalRate }: Quality = hosted.quality;
    const some = (part: number): number => Math.min(requests, this.#chance.arrivals(requests * part));
    return { requests, errors: some(errorRate), slow: some(slowRate), goals: some(goalRate) };
  }
}
