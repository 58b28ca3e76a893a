import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** What waits for a revision and runs on it. */
export interface MeasuredLoad {
  readonly queue: TrackId;
  readonly revision: string;
  /** Exact up to `COUNTED` in each of its lanes. */
  readonly waiting: number;
  readonly running: number;
  /** Since when the oldest of those that come next waits; null when none does. */
  readonly oldestAt: Instant | null;
}

/** No pool is so large that it would want more workers for more than this. */
const COUNTED = 10_000;
/** Tasks at the head of a line among which the oldest is looked for: lines are fair and not by age, so it is among the first. */
const HEAD = 50;

/**
 * Measures the load of queues. Lines are read from their index and only so far as it matters, so that a million tasks that
 * wait cost the same few ms as ten thousand; there is no row for a revision that has neither.
 */
export async function measureLoad(
  db: Database,
  tenant: string,
  queues: readonly TrackId[],
): Promise<readonly MeasuredLoad[]> {
  const { rows } = await sql<MeasuredLoad>`
    with lines as materialized (
      select id, queue, revision from task_lines where tenant = ${tenant} and queue = any(${[...queues]}::text[])),
    waiting as (
      select lines.queue, lines.revision, sum(counted.many) as many, min(head.oldest) as oldest
      from lines cross join lateral (
        select count(*) as many from (
          select 1 from tasks where line = lines.id and state = 'waiting' limit ${COUNTED}) as seen) as counted
      cross join lateral (
        select min(since) as oldest from (
          select coalesce(due_at, created_at) as since from tasks where line = lines.id and state = 'waiting'
          order by tag limit (select ${HEAD}::int)) as first) as head
      group by lines.queue, lines.revision),
    running as (
      select queue, revision, count(*) as many from tasks
      where tenant = ${tenant} and queue = any(${[...queues]}::text[]) and state = 'running' group by queue, revision)
    select queue, revision, coalesce(waiting.many, 0)::int as waiting, coalesce(running.many, 0)::int as running,
      waiting.oldest as "oldestAt"
    from waiting full join running using (queue, revision)
    where coalesce(waiting.many, 0) + coalesce(running.many, 0) > 0 order by queue, revision`.execute(db);
  return rows;
}
