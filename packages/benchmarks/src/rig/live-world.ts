import { type Baseline, freezeBaseline } from '@sluice/core/analysis/baseline.ts';
import type { Tick } from '@sluice/core/analysis/tick.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import { SAMPLE_ANALYSIS, SAMPLE_BASE } from '@sluice/core/rollout/testing/sample-component.ts';
import { TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import {
  CANDIDATE_SHARE_BASIS_POINTS,
  ERROR_RATE,
  REQUESTS_PER_SECOND,
  type SampleTraffic,
  sampleTraffic,
  secondOf,
} from './sample-traffic.ts';

/** Instances of the sampled component. */
export const INSTANCES = 4;
/** The release before takes this long, in milliseconds: two phases, and the steps around them. */
const RELEASED_BEFORE_MS = 200_000;
const HISTORY_SECONDS = 86_400;

/** A world in which both arms have realistic traffic, with latency histograms, and a baseline of a day. */
export class LiveWorld extends TameWorld {
  readonly #traffic: SampleTraffic;
  readonly #number: number;
  readonly #baseline: Baseline;

  /** @param number which way through the drawn traffic is taken */
  constructor(number: number, begin: Instant) {
    super();
    this.now = begin;
    this.#number = number;
    this.#traffic = sampleTraffic();
    this.#baseline = baselineOf(this.#traffic);
  }

  override observation(): Observation {
    const seen = super.observation();
    const { active } = this.track;
    const baseline = active?.phase.name === 'planned' ? this.#baseline : null;
    if (!active?.evidence || seen.metrics.kind !== 'ticks') return { ...seen, baseline };
    return { ...seen, baseline, metrics: { ...seen.metrics, ticks: seen.metrics.ticks.map(this.#drawn) } };
  }

  /** The drawn traffic in place of the plain one, for arms that have any. */
  readonly #drawn = (tick: Tick): Tick => {
    const second = secondOf(this.#number, tick.at);
    const { candidate, stable } = this.#traffic;
    return {
      ...tick,
      candidate: (tick.candidate.requests > 0 ? candidate[second] : undefined) ?? tick.candidate,
      stable: (tick.stable.requests > 0 ? stable[second] : undefined) ?? tick.stable,
    };
  };
}

function baselineOf(traffic: SampleTraffic): Baseline {
  const requests = REQUESTS_PER_SECOND * HISTORY_SECONDS;
  const errors = Math.round(requests * ERROR_RATE);
  return freezeBaseline({
    history: { requests, errors },
    requestsPerSecond: REQUESTS_PER_SECOND,
    errorMoments: {
      seconds: HISTORY_SECONDS,
      sum: errors,
      sumOfSquares: errors * (1 + errors / HISTORY_SECONDS),
    },
    latency: traffic.stable.map(({ latency }) => latency),
  });
}

/** A canary with limits beside the judge, as a careful team would write it. */
export function liveCanary(holdMs: number): StrategySpec {
  const windowMs = 60_000;
  const criteria = [
    { metric: 'errors', op: '<', value: 0.05, windowMs, failureLimit: 2 },
    { metric: 'p99', op: '<', value: 2000, windowMs, failureLimit: 2 },
  ] as const;
  return {
    ...SAMPLE_BASE,
    kind: 'canary',
    analysis: { ...SAMPLE_ANALYSIS, criteria },
    keepOldMs: 1000,
    phases: [CANDIDATE_SHARE_BASIS_POINTS, 5000].map((shareBasisPoints) => ({
      shareBasisPoints,
      holdMs,
      matches: [],
      criteria: [],
    })),
    early: false,
  };
}

/** How long the sampled rollouts are judged: longer than any benchmark runs, in milliseconds. */
const JUDGED_FOR_MS = 12 * 3_600_000;

/** A world in which v1 was released first, and v2 by a canary whose evidence is still kept with the track. */
export function releasedWorld(number: number, begin: Instant): LiveWorld {
  const world = new LiveWorld(number, begin);
  for (const version of ['v1', 'v2']) {
    world.release(version, { instances: INSTANCES, strategy: liveCanary(30_000) });
    world.settle();
  }
  return world;
}

/**
 * A world with a canary in its first judging step: a released one, in which v3 has been judged for so many seconds.
 * @param until the world's clock then, a whole second
 */
export function judgedWorld(number: number, evidenceSeconds: number, until: Instant): LiveWorld {
  const world = releasedWorld(number, until - RELEASED_BEFORE_MS - evidenceSeconds * 1000);
  world.lookUntil(() => world.now >= until - evidenceSeconds * 1000);
  world.release('v3', { instances: INSTANCES, strategy: liveCanary(JUDGED_FOR_MS) });
  world.lookUntil(() => world.now >= until, evidenceSeconds + 1);
  return world;
}

/** The track of such a world. */
export const judgedTrack = (number: number, evidenceSeconds: number, until: Instant): TrackState =>
  judgedWorld(number, evidenceSeconds, until).track;
