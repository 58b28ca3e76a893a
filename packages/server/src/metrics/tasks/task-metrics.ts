import type { SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import { merge } from '@sluice/core/analysis/histogram.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ArmCounts, MetricsProvider, TrafficObservation, TrafficTick } from '../metrics-provider.ts';

/** What came of the attempts of one revision in one second, as one server saw it. */
export interface CountedAttempts {
  readonly revision: string;
  readonly second: Instant;
  readonly attempts: number;
  readonly failures: number;
  readonly latency: unknown;
}

/** Where attempts are counted. */
export interface AttemptCounts {
  /** Seconds from `since` on and before `until`, in their order. */
  readonly read: (
    queue: TrackId,
    span: { since: Instant; until: Instant },
  ) => Promise<readonly CountedAttempts[]>;
  readonly now: () => Instant;
}

const TICK_MS = 1000;
/** Servers write what they count some times a second; after this a second is whole, also when their clocks differ a little. */
const WHOLE_AFTER_MS = 2_000;
/** Seconds asked for at once; a server that comes back after a while catches up in several looks. */
const SECONDS_PER_LOOK = 900;

/** Evidence about agents: an attempt at a task is a request, one that failed an error, and its duration its latency. */
export const taskMetrics = ({ read, now }: AttemptCounts): MetricsProvider => ({
  observe: async (track, since) => {
    try {
      const first = Math.ceil(since / TICK_MS) * TICK_MS;
      const whole = Math.floor((now() - WHOLE_AFTER_MS) / TICK_MS) * TICK_MS;
      const until = Math.min(whole, first + SECONDS_PER_LOOK * TICK_MS);
      if (until <= first) return { kind: 'ticks', ticks: [], cursor: since };
      return observed(await read(track, { since: first, until }), first, until);
    } catch (thrown) {
      return {
        kind: 'provider-error',
        message: SluiceError.from(thrown, 'reading what tasks came to').message,
      };
    }
  },
});

/** Seconds without any attempt are ticks too: silence is evidence that somebody counts. */
function observed(counted: readonly CountedAttempts[], first: Instant, until: Instant): TrafficObservation {
  const bySecond = Map.groupBy(counted, ({ second }) => second);
  const ticks: TrafficTick[] = [];
  for (let at = first; at < until; at += TICK_MS)
    ticks.push({ at, durationMs: TICK_MS, arms: armsOf(bySecond.get(at) ?? []) });
  return { kind: 'ticks', ticks, cursor: until };
}

const NOTHING: ArmCounts = { requests: 0, errors: 0, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 };

function armsOf(counted: readonly CountedAttempts[]): Readonly<Record<string, ArmCounts>> {
  const arms: Record<string, ArmCounts> = {};
  for (const { revision, attempts, failures, latency } of counted) {
    const before = arms[revision] ?? NOTHING;
    arms[revision] = {
      ...before,
      requests: before.requests + attempts,
      errors: before.errors + failures,
      latency: merge(before.latency, latency as SparseHistogram),
    };
  }
  return arms;
}
