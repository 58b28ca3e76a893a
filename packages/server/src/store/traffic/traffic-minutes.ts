import type { SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** What a revision answered in some seconds of one minute. The squares are of per-second counts; dispersion needs them. */
export interface TrafficSums {
  readonly requests: number;
  readonly errors: number;
  /** How many seconds were counted. */
  readonly seconds: number;
  readonly sumRequestsSquared: number;
  readonly sumErrorsSquared: number;
}

/** One minute, or a part of it. */
export interface TrafficMinute extends TrafficSums {
  readonly revision: RevisionId;
  /** Any moment in the minute. */
  readonly minute: Instant;
  /** Null or empty when latency is not measured. */
  readonly latency: SparseHistogram | null;
}

/** Whose traffic, and of when; from `since` (its whole minute) to now. */
export interface TrafficSpan {
  readonly trackId: TrackId;
  readonly revision: RevisionId;
  readonly since: Instant;
}

const MINUTE_MS = 60_000;

/**
 * Adds to the minutes of a track. Done within the commit of a track each second is counted exactly once; by itself, a
 * repetition counts twice.
 */
export async function addTrafficMinutes(
  db: Database,
  tenant: string,
  { trackId, minutes }: { readonly trackId: TrackId; readonly minutes: readonly TrafficMinute[] },
): Promise<void> {
  // One by one, as a statement may not touch the same row twice, and there are few: a minute's end at most.
  for (const minute of minutes) await addTrafficMinute(db, tenant, trackId, minute);
}

async function addTrafficMinute(
  db: Database,
  tenant: string,
  trackId: TrackId,
  traffic: TrafficMinute,
): Promise<void> {
  const { latency } = traffic;
  await db
    .insertInto('traffic_minutes')
    .values({
      tenant,
      track_id: trackId,
      revision: traffic.revision,
      minute: storedInstant(Math.floor(traffic.minute / MINUTE_MS) * MINUTE_MS),
      requests: traffic.requests,
      errors: traffic.errors,
      seconds: traffic.seconds,
      sum_requests_squared: traffic.sumRequestsSquared,
      sum_errors_squared: traffic.sumErrorsSquared,
      latency: latency === null || latency.length === 0 ? null : storedJson(latency),
    })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'track_id', 'revision', 'minute']).doUpdateSet({
        requests: sql<number>`traffic_minutes.requests + excluded.requests`,
        errors: sql<number>`traffic_minutes.errors + excluded.errors`,
        seconds: sql<number>`traffic_minutes.seconds + excluded.seconds`,
        sum_requests_squared: sql<number>`traffic_minutes.sum_requests_squared + excluded.sum_requests_squared`,
        sum_errors_squared: sql<number>`traffic_minutes.sum_errors_squared + excluded.sum_errors_squared`,
        latency: sql<string | null>`(${MERGED_LATENCY})`,
      }),
    )
    .execute();
}

/** Adds two histograms, pairs of bucket and count sorted by bucket; null when both are. */
const MERGED_LATENCY = sql`
  select jsonb_agg(jsonb_build_array(bucket, count) order by bucket)
  from (
    select (pair ->> 0)::integer as bucket, sum((pair ->> 1)::bigint) as count
    from jsonb_array_elements(coalesce(traffic_minutes.latency, '[]') || coalesce(excluded.latency, '[]')) as pair
    group by 1
  ) as merged`;

/** Everything that a revision answered since then; zeros when there was nothing. */
export async function sumTraffic(db: Database, tenant: string, span: TrafficSpan): Promise<TrafficSums> {
  const row = await db
    .selectFrom('traffic_minutes')
    .select([
      sql<number>`coalesce(sum(requests), 0)::bigint`.as('requests'),
      sql<number>`coalesce(sum(errors), 0)::bigint`.as('errors'),
      sql<number>`coalesce(sum(seconds), 0)::bigint`.as('seconds'),
      sql<number>`coalesce(sum(sum_requests_squared), 0)`.as('sumRequestsSquared'),
      sql<number>`coalesce(sum(sum_errors_squared), 0)`.as('sumErrorsSquared'),
    ])
    .where('tenant', '=', tenant)
    .where('track_id', '=', span.trackId)
    .where('revision', '=', span.revision)
    .where('minute', '>=', firstMinute(span.since))
    .executeTakeFirstOrThrow();
  return row;
}

/** The latency of everything that a revision answered since then; empty when it was not measured. */
export async function sumLatency(db: Database, tenant: string, span: TrafficSpan): Promise<SparseHistogram> {
  const { rows } = await sql<{ bucket: number; count: number }>`
    select (pair ->> 0)::integer as bucket, sum((pair ->> 1)::bigint)::bigint as count
    from traffic_minutes cross join lateral jsonb_array_elements(latency) as pair
    where tenant = ${tenant} and track_id = ${span.trackId} and revision = ${span.revision}
      and minute >= ${firstMinute(span.since)} and latency is not null
    group by 1 order by 1`.execute(db);
  return rows.map(({ bucket, count }) => [bucket, count] as const);
}

function firstMinute(since: Instant) {
  return timestamp(Math.floor(since / MINUTE_MS) * MINUTE_MS);
}
