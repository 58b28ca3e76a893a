import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** How much there is of one revision in a queue. */
export interface RevisionCount {
  readonly queue: TrackId;
  readonly revision: string;
  readonly waiting: number;
  readonly scheduled: number;
  readonly running: number;
  /** When the oldest of those that wait came in; null when none does. */
  readonly oldestAt: Instant | null;
  /** Dead letters; copies that were compared are none. */
  readonly dead: number;
}

/**
 * Counts what waits, is scheduled, runs or is dead, by queue and revision; there is no row for a revision that has none of
 * these. Each state is counted by its own index, so that what has ended well costs nothing.
 */
export async function countRevisions(
  db: Database,
  tenant: string,
  queues: readonly TrackId[],
): Promise<readonly RevisionCount[]> {
  const of = (state: string, which = '') => sql`
    select queue, revision, ${sql.lit(state)} as state, count(*)::int as many, null::timestamptz as oldest from tasks
    where tenant = ${tenant} and queue = any(${[...queues]}::text[]) and state = ${sql.lit(state)} ${sql.raw(which)}
    group by queue, revision`;
  const waiting = sql`
    select queue, revision, 'waiting' as state, sum(many)::int as many, min(oldest) as oldest
    from task_lines as line cross join lateral (
      select count(*) as many, min(created_at) as oldest from tasks where tasks.line = line.id and state = 'waiting') as those
    where tenant = ${tenant} and queue = any(${[...queues]}::text[]) and many > 0 group by queue, revision`;
  const { rows } = await sql<RevisionCount>`
    with counted as (
      ${waiting} union all ${of('scheduled')} union all ${of('running')} union all
      ${of('dead', 'and shadow_of is null')})
    select queue, revision, coalesce(sum(many) filter (where state = 'waiting'), 0)::int as waiting,
      coalesce(sum(many) filter (where state = 'scheduled'), 0)::int as scheduled,
      coalesce(sum(many) filter (where state = 'running'), 0)::int as running,
      min(oldest) as "oldestAt", coalesce(sum(many) filter (where state = 'dead'), 0)::int as dead
    from counted group by queue, revision order by queue, revision`.execute(db);
  return rows;
}

/** How many tasks of a queue wait, are scheduled or run; what is beyond `limit` is not counted. */
export async function countOpen(
  db: Database,
  tenant: string,
  { queue, limit }: { readonly queue: TrackId; readonly limit: number },
): Promise<number> {
  const of = (state: string) => sql`
    (select 1 from tasks where tenant = ${tenant} and queue = ${queue} and state = ${sql.lit(state)} limit ${limit})`;
  const { rows } = await sql<{ readonly open: number }>`
    select count(*)::int as open from (select 1 from (
      (select 1 from task_lines as line cross join lateral (
        select 1 from tasks where tasks.line = line.id and state = 'waiting' limit ${limit}) as those
      where tenant = ${tenant} and queue = ${queue} limit ${limit}) union all ${of('scheduled')} union all ${of('running')}
    ) as every_state limit ${limit}) as counted`.execute(db);
  return rows[0]?.open ?? 0;
}
