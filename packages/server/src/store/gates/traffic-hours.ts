import type { CountedRequests } from '@sluice/core/gates/error-budget.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

const HOUR_MS = 3_600_000;
/** Minutes are kept a little longer than this, in milliseconds. */
const MINUTES_REACH_MS = 24 * HOUR_MS;

/**
 * Sums the minutes of traffic by the hour, of all tenants, as far as they were not: minutes are kept for a day, and budgets
 * reach further. Doing it twice is doing it once; an hour of which minutes were removed already keeps what it had.
 */
export async function sumTrafficHours(db: Database): Promise<void> {
  await sql`
    insert into traffic_hours (tenant, track_id, hour, requests, errors)
    select tenant, track_id, date_trunc('hour', minute, 'UTC'), sum(requests), sum(errors) from traffic_minutes
    where minute >= (select coalesce(max(hour), '-infinity') from traffic_hours) - interval '3 hours'
    group by 1, 2, 3
    on conflict (tenant, track_id, hour) do update set requests = excluded.requests, errors = excluded.errors
    where excluded.requests >= traffic_hours.requests`.execute(db);
}

/** Removes hours that no budget reaches any more, of all tenants; at most so many at once. */
export async function deleteOldTrafficHours(
  db: Database,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from traffic_hours where (tenant, track_id, hour) in (
      select tenant, track_id, hour from traffic_hours where hour < ${timestamp(before)} limit ${limit})`.execute(
    db,
  );
  return Number(numAffectedRows);
}

/** What a track answered within each of some times up to now, in milliseconds, whatever its revisions. */
export async function countRequests(
  db: Database,
  tenant: string,
  { trackId, spansMs, now }: { trackId: TrackId; spansMs: readonly number[]; now: Instant },
): Promise<ReadonlyMap<number, CountedRequests>> {
  const border = Math.floor((now - MINUTES_REACH_MS) / HOUR_MS + 1) * HOUR_MS;
  const recent = await countedSince(db, tenant, { trackId, table: 'minutes', now, border, spansMs });
  const older = spansMs.some((spanMs) => now - spanMs < border)
    ? await countedSince(db, tenant, { trackId, table: 'hours', now, border, spansMs })
    : new Map<number, CountedRequests>();
  return new Map(
    spansMs.map((spanMs) => {
      const [a, b] = [recent.get(spanMs), older.get(spanMs)];
      const requests = (a?.requests ?? 0) + (b?.requests ?? 0);
      return [spanMs, { requests, errors: (a?.errors ?? 0) + (b?.errors ?? 0) }];
    }),
  );
}

interface Counting {
  readonly trackId: TrackId;
  /** Minutes count from the border on, hours before it. */
  readonly table: 'minutes' | 'hours';
  readonly now: Instant;
  readonly border: Instant;
  readonly spansMs: readonly number[];
}

async function countedSince(
  db: Database,
  tenant: string,
  { trackId, table, now, border, spansMs }: Counting,
): Promise<Map<number, CountedRequests>> {
  const at = sql.raw(table === 'minutes' ? 'minute' : 'hour');
  const longest = timestamp(now - Math.max(...spansMs));
  const part =
    table === 'minutes'
      ? sql`minute >= greatest(${timestamp(border)}, ${longest})`
      : sql`hour < ${timestamp(border)} and hour >= ${longest}`;
  const spans = sql.join(spansMs.map((spanMs) => sql`(${spanMs}::double precision)`));
  const { rows } = await sql<{ readonly span: number; readonly requests: number; readonly errors: number }>`
    select span, coalesce(sum(requests), 0)::bigint as requests, coalesce(sum(errors), 0)::bigint as errors
    from (values ${spans}) as spans(span)
    join ${sql.raw(`traffic_${table}`)} as counted
      on ${at} >= ${timestamp(now)} - span * interval '1 millisecond'
    where tenant = ${tenant} and track_id = ${trackId} and ${part}
    group by span`.execute(db);
  return new Map(rows.map(({ span, requests, errors }) => [span, { requests, errors }]));
}
