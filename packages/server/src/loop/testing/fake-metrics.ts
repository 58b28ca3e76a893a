import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type {
  ArmCounts,
  MetricsProvider,
  TrafficObservation,
  TrafficTick,
} from '../../metrics/metrics-provider.ts';

/** For tests: a provider that has what it was given, up to where it was told that it is complete. */
export class FakeMetrics implements MetricsProvider {
  readonly ticks: TrafficTick[] = [];
  /** Every moment that was asked for. */
  readonly asked: Instant[] = [];
  /** Ticks from here on are not complete yet. */
  completeUntil: Instant = Number.MAX_SAFE_INTEGER;
  /** What it says instead of data; null while it works. */
  outage: string | null = null;

  async observe(_track: TrackId, since: Instant): Promise<TrafficObservation> {
    this.asked.push(since);
    if (this.outage !== null) return { kind: 'provider-error', message: this.outage };
    const ticks = this.ticks.filter(({ at }) => at >= since && at < this.completeUntil);
    return { kind: 'ticks', ticks, cursor: Math.max(since, this.completeUntil) };
  }

  /** A second with so much for each revision. */
  second(at: Instant, arms: Readonly<Record<string, Partial<ArmCounts>>>): void {
    const counted = Object.entries(arms).map(([revision, arm]) => [revision, { ...NOTHING, ...arm }]);
    this.ticks.push({ at, durationMs: 1000, arms: Object.fromEntries(counted) });
  }
}

const NOTHING: ArmCounts = { requests: 0, errors: 0, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 };
