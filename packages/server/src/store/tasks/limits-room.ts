import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** What there is of the tasks of one fairness key, or of a whole queue. */
export interface LimitedUse {
  /** Of the queue as a whole: null. */
  readonly key: string | null;
  /** Tasks that workers have. */
  readonly running: number;
  /** What its token bucket held when somebody last took from it, and how long ago that is; null when nobody has. */
  readonly bucket: { readonly tokens: number; readonly ageMs: number } | null;
}

/** The bucket of a queue, and of a key. */
const scopeOf = (key: string | null): string => (key === null ? '' : `key ${key}`);

/**
 * Waits until nobody else claims tasks of the queue within limits; until the transaction ends nobody else does. What is read
 * by later statements of the transaction is what the others have left.
 */
export async function lockLimits(db: Database, tenant: string, queue: TrackId): Promise<void> {
  const lock = () =>
    sql`
    select 1 from task_buckets where tenant = ${tenant} and queue = ${queue} and scope = '' for update`.execute(
      db,
    );
  if ((await lock()).rows.length > 0) return;
  await sql`insert into task_buckets (tenant, queue, scope) values (${tenant}, ${queue}, '')
    on conflict do nothing`.execute(db);
  await lock();
}

/** How much runs of a queue and of each key that has anything running or taken of its bucket; to be read under the lock. */
export async function readLimitedUse(
  db: Database,
  tenant: string,
  queue: TrackId,
): Promise<readonly LimitedUse[]> {
  const { rows } = await sql<{
    readonly scope: string;
    readonly running: number;
    readonly tokens: number | null;
    readonly ageMs: number | null;
  }>`
    with counted as materialized (
      select fairness_key, count(*)::int as many from tasks
      where tenant = ${tenant} and queue = ${queue} and state = 'running' and is_limited group by fairness_key),
    running as (
      select 'key ' || fairness_key as scope, many from counted
      union all select '', coalesce(sum(many), 0)::int from counted),
    filled as (
      select scope, tokens, extract(epoch from clock_timestamp() - filled_at)::double precision * 1000 as age
      from task_buckets where tenant = ${tenant} and queue = ${queue} and filled_at is not null)
    select coalesce(running.scope, filled.scope) as scope, coalesce(many, 0) as running, tokens, age as "ageMs"
    from running full join filled on filled.scope = running.scope`.execute(db);
  return rows.map(({ scope, running, tokens, ageMs }) => ({
    key: scope === '' ? null : scope.slice('key '.length),
    running,
    bucket: tokens === null || ageMs === null ? null : { tokens, ageMs },
  }));
}

/** What a bucket holds from now on. */
export interface FilledBucket {
  readonly key: string | null;
  readonly tokens: number;
}

/** Writes down what buckets hold now, by the clock of the database. */
export async function fillBuckets(
  db: Database,
  tenant: string,
  { queue, buckets }: { readonly queue: TrackId; readonly buckets: readonly FilledBucket[] },
): Promise<void> {
  if (buckets.length === 0) return;
  await sql`
    insert into task_buckets (tenant, queue, scope, tokens, filled_at)
    select ${tenant}, ${queue}, scope, tokens, clock_timestamp()
    from unnest(${buckets.map(({ key }) => scopeOf(key))}::text[],
      ${buckets.map(({ tokens }) => tokens)}::double precision[]) as filled (scope, tokens)
    on conflict (tenant, queue, scope) do update set tokens = excluded.tokens, filled_at = excluded.filled_at`.execute(
    db,
  );
}

/** Removes buckets of keys from which nobody has taken anything for a day: the longest that one takes to be full again. */
export async function deleteFullBuckets(db: Database, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from task_buckets where ctid = any(array(
      select ctid from task_buckets where scope <> '' and filled_at < clock_timestamp() - interval '25 hours'
      limit ${limit} for update skip locked))`.execute(db);
  return Number(numAffectedRows);
}

/**
 * How many tasks of a queue wait; what is beyond `limit` is not counted.
 * @param key only those of one fairness key, as far as it has lines of its own
 */
export async function countWaiting(
  db: Database,
  tenant: string,
  { queue, key, limit }: { readonly queue: TrackId; readonly key: string | null; readonly limit: number },
): Promise<number> {
  const own = `~${encodeURIComponent(key ?? '')}`;
  const { rows } = await sql<{ readonly many: number }>`
    select count(*)::int as many from (
      select 1 from task_lines as line cross join lateral (
        select 1 from tasks where tasks.line = line.id and state = 'waiting' limit ${limit}) as those
      where tenant = ${tenant} and queue = ${queue}
        ${key === null ? sql`` : sql`and right(lane, ${own.length}) = ${own} and (lane = ${own} or right(lane, ${own.length + 1}) = ${`,${own}`})`}
      limit ${limit}) as counted`.execute(db);
  return rows[0]?.many ?? 0;
}
