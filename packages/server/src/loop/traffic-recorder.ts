import { revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { MetricsProvider, TrafficTick } from '../metrics/metrics-provider.ts';
import type { Database } from '../store/database/open-database.ts';
import { putTrafficMinutes } from '../store/traffic/put-traffic-minutes.ts';
import type { TrafficMinute } from '../store/traffic/traffic-minutes.ts';
import { addTick, NO_TRAFFIC } from './add-tick.ts';

/** Keeps the traffic of each track by the minute: the history that later rollouts are compared with. */
export interface TrafficRecorder {
  /** Records the whole minutes since the last time, at most once a minute; what fails is read again next time. */
  record(tenant: string, track: TrackId): Promise<void>;
}

const MINUTE_MS = 60_000;
/** How far back a server that has just started looks; providers keep a quarter of an hour. */
const FIRST_REACH_MS = 14 * MINUTE_MS;

/** Records from a provider into PostgreSQL. */
export function trafficRecorder(db: Database, metrics: MetricsProvider, now: () => Instant): TrafficRecorder {
  const recordedUntil = new Map<string, Instant>();
  return {
    record: async (tenant, track) => {
      const key = `${tenant} ${track}`;
      const until = Math.floor(now() / MINUTE_MS) * MINUTE_MS;
      const since = recordedUntil.get(key) ?? until - FIRST_REACH_MS;
      if (until <= since) return;
      const seen = await metrics.observe(track, since);
      if (seen.kind !== 'ticks') return;
      const minutes = minutesOf(seen.ticks.filter((tick) => tick.at < until));
      await putTrafficMinutes(db, tenant, { trackId: track, minutes });
      recordedUntil.set(key, until);
    },
  };
}

/** Sums the ticks of each revision in each minute. */
function minutesOf(ticks: readonly TrafficTick[]): readonly TrafficMinute[] {
  const sums = new Map<string, TrafficMinute>();
  for (const tick of ticks)
    for (const [revision, arm] of Object.entries(tick.arms)) {
      const minute = Math.floor(tick.at / MINUTE_MS) * MINUTE_MS;
      const key = `${revision} ${minute}`;
      const sum = addTick(sums.get(key) ?? NO_TRAFFIC, arm, tick.durationMs);
      sums.set(key, { revision: revisionId(revision), minute, ...sum });
    }
  return [...sums.values()];
}
