import { type Baseline, freezeBaseline } from '@sluice/core/analysis/baseline.ts';
import { bucketOf, type SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import { type ArmTick, EMPTY_ARM, type EventCount, type Tick } from '@sluice/core/analysis/tick.ts';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ObservedMetrics } from '@sluice/core/rollout/observation.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import type { FaultBoard } from './fault-board.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { type ArmCounts, type SimulatedTraffic, TICK_MS, type TrafficTick } from './simulated-traffic.ts';

const QUICK_MS = 50;
const SLOW_MS = 400;
/** Where slow requests are counted in a histogram. */
export const SLOW_BUCKET = bucketOf(SLOW_MS);
/** How old figures are when the provider is late, in milliseconds. */
const LATE_BY_MS = 18_000;
/** How much a repeating provider tells again, in milliseconds. */
const REPEATED_MS = 9000;
/** The part of good requests that slander calls failed. */
const SLANDER_PART = 0.3;

/** The metrics provider: it tells what the routers counted, unless a fault makes it late, silent or a liar. */
export class SimulatedMetrics {
  readonly #traffic: SimulatedTraffic;
  readonly #host: SimulatedHost;
  readonly #faults: FaultBoard;
  readonly #requestsPerSecond: number;

  constructor(traffic: SimulatedTraffic, host: SimulatedHost, faults: FaultBoard, requestsPerSecond: number) {
    this.#traffic = traffic;
    this.#host = host;
    this.#faults = faults;
    this.#requestsPerSecond = requestsPerSecond;
  }

  /** What has been counted for the two sides of a rollout since its cursor. */
  observe(rollout: Rollout | null, now: Instant): ObservedMetrics {
    if (!rollout?.evidence || !WATCHED.has(rollout.phase.name)) return { kind: 'not-asked' };
    if (this.#host.isDown || this.#faults.present('metrics-down', now))
      return { kind: 'provider-error', message: 'connection refused' };
    const { cursor } = rollout.evidence;
    if (this.#faults.present('metrics-vanish', now))
      return { kind: 'ticks', ticks: [], cursor, expressions: [] };
    const until = this.#faults.present('metrics-late', now) ? now - LATE_BY_MS : now;
    const since = this.#faults.present('metrics-repeat', now) ? cursor - REPEATED_MS : cursor;
    const ticks = this.#traffic.ticks
      .filter(({ at }) => at >= since && at + TICK_MS <= until)
      .map((tick) => this.#told(tick, rollout, now));
    const last = ticks.at(-1);
    return { kind: 'ticks', ticks, cursor: last ? last.at + TICK_MS : cursor, expressions: [] };
  }

  /** What was seen of stable before a rollout, at times very little; null when the provider cannot be asked. */
  baseline(stable: RevisionId | null, now: Instant): Baseline | null {
    if (this.#host.isDown || this.#faults.present('metrics-down', now)) return null;
    const served = this.#traffic.ticks.flatMap(({ arms }) => (stable && arms.get(stable)) ?? []);
    const sum = (part: (arm: ArmCounts) => number): number =>
      served.reduce((whole, arm) => whole + part(arm), 0);
    const errors = sum((arm) => arm.errors);
    return freezeBaseline({
      history: { requests: sum((arm) => arm.requests), errors },
      requestsPerSecond: this.#requestsPerSecond,
      errorMoments: { seconds: served.length, sum: errors, sumOfSquares: sum((arm) => arm.errors ** 2) },
      latency: served.map((arm) => armOf(arm).latency),
    });
  }

  #told({ at, arms }: TrafficTick, rollout: Rollout, now: Instant): Tick {
    const counted = (revision: RevisionId | null): ArmCounts =>
      (revision === null ? undefined : arms.get(revision)) ?? NOTHING;
    const stable = counted(rollout.stable);
    const candidate = this.#coloured(counted(rollout.candidate), now);
    const tick: Tick = {
      at,
      durationMs: TICK_MS,
      candidate: armOf(candidate),
      stable: rollout.stable === rollout.candidate ? EMPTY_ARM : armOf(stable),
      warmingUp: false,
    };
    if (rollout.plan.kind !== 'ab') return tick;
    return { ...tick, custom: { goal: { candidate: goalsOf(candidate), stable: goalsOf(stable) } } };
  }

  #coloured(candidate: ArmCounts, now: Instant): ArmCounts {
    if (this.#faults.present('metrics-slander', now)) {
      const slander = Math.ceil((candidate.requests - candidate.errors) * SLANDER_PART);
      return { ...candidate, errors: candidate.errors + slander };
    }
    return this.#faults.present('metrics-flatter', now) ? { ...candidate, errors: 0, slow: 0 } : candidate;
  }
}

const WATCHED: ReadonlySet<string> = new Set(['running', 'held', 'promoting', 'rolling-back']);
const NOTHING: ArmCounts = { requests: 0, errors: 0, slow: 0, goals: 0 };
const QUICK_BUCKET = bucketOf(QUICK_MS);

const armOf = ({ requests, errors, slow }: ArmCounts): ArmTick => ({
  requests,
  errors,
  latency: latencyOf(requests - slow, slow),
});

function latencyOf(quick: number, slow: number): SparseHistogram {
  return [
    ...(quick > 0 ? [[QUICK_BUCKET, quick] as const] : []),
    ...(slow > 0 ? [[SLOW_BUCKET, slow] as const] : []),
  ];
}

const goalsOf = ({ requests, goals }: ArmCounts): EventCount => ({ trials: requests, events: goals });
