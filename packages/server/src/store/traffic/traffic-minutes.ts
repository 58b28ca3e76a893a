import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** What a revision answered in some seconds. */
export interface TrafficSums {
  readonly requests: number;
  readonly errors: number;
  /** How many seconds were counted. */
  readonly seconds: number;
  /** Of the errors of each second; dispersion needs it. */
  readonly sumErrorsSquared: number;
}

/** What a revision answered in one minute. */
export interface TrafficMinute extends TrafficSums {
  readonly revision: RevisionId;
  /** The moment at which it begins. */
  readonly minute: Instant;
}

/** Whose traffic, and of when; from `since` (its whole minute) to now. */
export interface TrafficSpan {
  readonly trackId: TrackId;
  readonly revision: RevisionId;
  readonly since: Instant;
}

const MINUTE_MS = 60_000;

/** Everything that a revision answered since then; zeros when there was nothing. */
export async function sumTraffic(db: Database, tenant: string, span: TrafficSpan): Promise<TrafficSums> {
  const row = await db
    .selectFrom('traffic_minutes')
    .select([
      sql<number>`coalesce(sum(requests), 0)::bigint`.as('requests'),
      sql<number>`coalesce(sum(errors), 0)::bigint`.as('errors'),
      sql<number>`coalesce(sum(seconds), 0)::bigint`.as('seconds'),
      sql<number>`coalesce(sum(sum_errors_squared), 0)`.as('sumErrorsSquared'),
    ])
    .where('tenant', '=', tenant)
    .where('track_id', '=', span.trackId)
    .where('revision', '=', span.revision)
    .where('minute', '>=', firstMinute(span.since))
    .executeTakeFirstOrThrow();
  return row;
}

/** The start of the last minute, not before `since`, of which anything of a track is recorded; null without any. */
export async function lastTrafficMinute(
  db: Database,
  tenant: string,
  { trackId, since }: Omit<TrafficSpan, 'revision'>,
): Promise<Instant | null> {
  const row = await db
    .selectFrom('traffic_minutes')
    .select((select) => select.fn.max('minute').as('minute'))
    .where('tenant', '=', tenant)
    .where('track_id', '=', trackId)
    .where('minute', '>=', firstMinute(since))
    .executeTakeFirst();
  return row?.minute ?? null;
}

function firstMinute(since: Instant) {
  return timestamp(Math.floor(since / MINUTE_MS) * MINUTE_MS);
}
