import { type SparseHistogram, histogramOf } from '@sluice/core/analysis/histogram.ts';
import { randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import type { ArmTick } from '@sluice/core/analysis/tick.ts';
import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';

/** Seconds of traffic that were drawn once; every track takes its own way through them. */
export interface SampleTraffic {
  readonly candidate: readonly ArmTick[];
  readonly stable: readonly ArmTick[];
}

/** Requests per second of each component: ten thousand of them have more together than one host could carry. */
export const REQUESTS_PER_SECOND = 4;
/** The candidate's share of them. */
export const CANDIDATE_SHARE_BASIS_POINTS = 2500;
/** Both arms fail alike, so that nobody is rolled back for good reason. */
export const ERROR_RATE = 0.001;
/** The median latency, and the spread of its logarithm: p95 is 283 ms, p99 is 434 ms. */
const MEDIAN_LATENCY_MS = 80;
const LATENCY_SPREAD = 0.77;
/** Different seconds per arm; enough that errors can be dealt out at their rate. */
const DRAWN_SECONDS = 4000;

/** Draws the seconds; the same ones every time. Errors are dealt out so that both arms fail at exactly the same rate. */
export function sampleTraffic(): SampleTraffic {
  const random = seededRandom(7);
  const share = CANDIDATE_SHARE_BASIS_POINTS / 10_000;
  return {
    candidate: drawArm(random, REQUESTS_PER_SECOND * share),
    stable: drawArm(random, REQUESTS_PER_SECOND * (1 - share)),
  };
}

/** Which of the drawn seconds a track has at a moment: spread evenly, and the same whenever it is asked. */
export function secondOf(trackNumber: number, at: number): number {
  const mixed = Math.imul(trackNumber + 1, 0x9e3779b1) ^ Math.imul(Math.floor(at / 1000), 0x85ebca6b);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % DRAWN_SECONDS;
}

function drawArm(random: Random, requestsPerSecond: number): readonly ArmTick[] {
  const requests = Array.from({ length: DRAWN_SECONDS }, () => randomPoisson(random, requestsPerSecond));
  const failed = Math.round(requestsPerSecond * DRAWN_SECONDS * ERROR_RATE);
  const busy = requests.flatMap((count, second) => (count > 0 ? [second] : []));
  const every = Math.floor(busy.length / failed);
  const failing = new Set(busy.filter((_, index) => index % every === 0).slice(0, failed));
  return requests.map((count, second) => ({
    requests: count,
    errors: failing.has(second) ? 1 : 0,
    latency: drawLatency(random, count),
  }));
}

function drawLatency(random: Random, requests: number): SparseHistogram {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return histogramOf(
    Array.from({ length: requests }, () => MEDIAN_LATENCY_MS * Math.exp(LATENCY_SPREAD * normal())),
  );
}
