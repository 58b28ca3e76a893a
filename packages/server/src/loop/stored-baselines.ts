import { freezeBaseline, type Baseline } from '@sluice/core/analysis/baseline.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { MetricsProvider, TrafficTick } from '../metrics/metrics-provider.ts';
import type { Database } from '../store/database/open-database.ts';
import { sumTraffic, type TrafficSums } from '../store/traffic/traffic-minutes.ts';
import { addTick, NO_TRAFFIC } from './add-tick.ts';
import type { BaselineSource } from './baseline-source.ts';
import type { CountedPlace } from './track-places.ts';

/** History older than this is not the present stable version's any more (judge.md 3.2). */
const HISTORY_MS = 24 * 3_600_000;
/** What the latency thresholds are frozen from (judge.md 3.4). */
const LATENCY_MS = 600_000;
/** Over this much the present traffic is averaged. */
const TRAFFIC_MS = 60_000;

/** Finds who counts the requests of a revision. */
export interface BaselinePlaces {
  ofRevision(tenant: string, track: TrackId, revision: RevisionId): Promise<CountedPlace | null>;
}

/** Baselines from the minutes that were recorded and the seconds that the provider still has. */
export const storedBaselines = (
  db: Database,
  places: BaselinePlaces,
  now: () => Instant,
): BaselineSource => ({
  freeze: async (tenant, track, stable) => {
    const at = now();
    const place = await places.ofRevision(tenant, track, stable);
    const recent = place ? await recentTicks(place.metrics, track, at - LATENCY_MS) : [];
    const stored = await sumTraffic(db, tenant, { trackId: track, revision: stable, since: at - HISTORY_MS });
    return baselineOf(recent, stored, stable, at);
  },
});

async function recentTicks(
  metrics: MetricsProvider,
  track: TrackId,
  since: Instant,
): Promise<readonly TrafficTick[]> {
  const seen = await metrics.observe(track, since);
  if (seen.kind === 'ticks') return seen.ticks;
  throw new SluiceError('unreachable', `the baseline of ${track} cannot be read: ${seen.message}`, {
    next: 'retry',
  });
}

function baselineOf(
  ticks: readonly TrafficTick[],
  stored: TrafficSums,
  stable: RevisionId,
  at: Instant,
): Baseline {
  const served = ticks.flatMap(({ arms, durationMs }) =>
    arms[stable] ? [{ arm: arms[stable], durationMs }] : [],
  );
  const recent = served.reduce((sums, { arm, durationMs }) => addTick(sums, arm, durationMs), NO_TRAFFIC);
  const history = stored.seconds > recent.seconds ? stored : recent;
  const lately = ticks.filter((tick) => tick.at >= at - TRAFFIC_MS);
  const counted = served.flatMap(({ arm }) => (arm.cost ? [arm.cost] : []));
  return freezeBaseline({
    history: { requests: history.requests, errors: history.errors },
    requestsPerSecond: requestsPerSecond(lately),
    errorMoments: { seconds: history.seconds, sum: history.errors, sumOfSquares: history.sumErrorsSquared },
    latency: served.map(({ arm }) => arm.latency),
    ...(counted.length > 0 && { cost: counted }),
  });
}

/** Counted from the first second with traffic, so that a service that has just begun is not taken for a quiet one. */
function requestsPerSecond(ticks: readonly TrafficTick[]): number {
  const counted = ticks.map(({ arms, durationMs }) => ({
    requests: Object.values(arms).reduce((sum, arm) => sum + arm.requests, 0),
    durationMs,
  }));
  const first = counted.findIndex(({ requests }) => requests > 0);
  const served = first < 0 ? [] : counted.slice(first);
  const seconds = served.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
  return seconds === 0 ? 0 : served.reduce((sum, { requests }) => sum + requests, 0) / seconds;
}
