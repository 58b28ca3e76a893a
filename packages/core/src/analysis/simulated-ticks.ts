import { type Random, seededRandom } from '../kernel/prng.ts';
import { type SparseHistogram, bucketOf } from './histogram.ts';
import { type EventSpread } from './event-spread.ts';
import { randomBinomial, randomPoisson } from './random-counts.ts';
import type { ArmTick, Tick } from './tick.ts';

/** How one arm behaves in one second. */
export interface SimulatedArm {
  /** The mean part of requests that fail. */
  readonly errorRate: number;
  /** How many errors come together; 1 for independent ones. */
  readonly clump?: number;
  /** The parts of requests slower than each of `SIMULATED_THRESHOLDS_MS`; without it latency is not measured. */
  readonly slower?: readonly number[];
  /** How many requests in a row are equally slow; 1 for independent ones. */
  readonly slowClump?: number;
}

/** A service whose traffic is drawn second by second from a seed; for tests and the simulator. */
export interface SimulatedService {
  readonly seed: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** The candidate's realised share, a fraction. */
  readonly share: number;
  readonly candidate: (second: number) => SimulatedArm;
  readonly stable: (second: number) => SimulatedArm;
  /** For so many seconds from the start the candidate is warming up. */
  readonly warmUpSeconds?: number;
}

/** The p50, p90, p95 and p99 of the simulated stable revision, in milliseconds. */
export const SIMULATED_THRESHOLDS_MS: readonly number[] = [100, 216, 268, 404];
/** The parts of the simulated stable revision's requests above each threshold. */
export const USUALLY_SLOWER: readonly number[] = [0.5, 0.1, 0.05, 0.01];
/** Ten minutes of a stable revision whose slow requests come alone (1), or so many at a time. */
export const knownSpreads = (dispersion: number): readonly EventSpread[] =>
  USUALLY_SLOWER.map((rate) => {
    const [ticks, trials] = [600, 60_000];
    const events = rate * trials;
    const squares = rate * events + dispersion * rate * (1 - rate) * (ticks - 1);
    return { ticks, trials, events, squares };
  });
/** A latency between the thresholds, and below and above all of them. */
const BUCKETS = [50, 150, 240, 330, 800].map(bucketOf);

/** Draws the ticks of a service: Poisson arrivals, binomial errors and latencies. */
export function simulateTicks(service: SimulatedService): readonly Tick[] {
  const random = seededRandom(service.seed);
  const { requestsPerSecond, share } = service;
  return Array.from({ length: service.seconds }, (_, second) => ({
    at: second * 1000,
    durationMs: 1000,
    candidate: drawArm(random, requestsPerSecond * share, service.candidate(second)),
    stable: drawArm(random, requestsPerSecond * (1 - share), service.stable(second)),
    warmingUp: second < (service.warmUpSeconds ?? 0),
  }));
}

function drawArm(random: Random, expected: number, arm: SimulatedArm): ArmTick {
  const requests = expected > 0 ? randomPoisson(random, expected) : 0;
  const clump = arm.clump ?? 1;
  const errors = Math.min(requests, clump * randomBinomial(random, requests, arm.errorRate / clump));
  return {
    requests,
    errors,
    latency: arm.slower ? drawLatency(random, requests, arm.slower, arm.slowClump ?? 1) : [],
  };
}

/** Splits the requests over the five latencies, whole clumps at a time. */
function drawLatency(
  random: Random,
  requests: number,
  slower: readonly number[],
  clump: number,
): SparseHistogram {
  const clumps = splitOver(random, Math.floor(requests / clump), slower);
  const others = splitOver(random, requests % clump, slower);
  return clumps
    .map((count, i) => [BUCKETS[i] ?? 0, count * clump + (others[i] ?? 0)] as const)
    .filter(([, count]) => count > 0);
}

/** A multinomial draw, from the fastest to the slowest. */
function splitOver(random: Random, whole: number, slower: readonly number[]): readonly number[] {
  const counts: number[] = [];
  let left = whole;
  let part = 1;
  for (const above of slower) {
    const stays = left - randomBinomial(random, left, above / part);
    counts.push(stays);
    left -= stays;
    part = above;
  }
  return [...counts, left];
}
