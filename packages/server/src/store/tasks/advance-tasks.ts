import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { LeaseFence } from './settle-tasks.ts';

/** A lease that ended without a word. */
export interface OverdueTask extends LeaseFence {
  readonly tenant: string;
  readonly queue: TrackId;
  readonly revision: string;
  readonly failures: number;
  readonly deadlineAt: Instant | null;
}

/** What came about by itself; counts of tasks. */
export interface Advanced {
  readonly due: number;
  readonly expired: number;
}

/**
 * Moves what time has moved, at most `limit` each: what is due waits, what is past its deadline is dead. Goes across all
 * tenants, as any server does it for all; what another one is moving is passed over. The moment is that of the statement:
 * one that might go on meanwhile could not be looked up in an index.
 */
export async function advanceTasks(db: Database, limit: number): Promise<Advanced> {
  const { rows } = await sql<Advanced>`
    with ready as materialized (
      select ctid as place from tasks where state = 'scheduled' and due_at <= statement_timestamp()
      order by due_at limit ${limit} for update skip locked),
    late as materialized (
      select ctid as place from tasks where deadline_at <= statement_timestamp() and deadline_at is not null and ended_at is null
        and ctid not in (select place from ready)
      order by deadline_at limit ${limit} for update skip locked),
    due as (
      update tasks set state = 'waiting' from ready where tasks.ctid = ready.place returning 1),
    expired as (
      update tasks set state = 'dead', ended_at = clock_timestamp(), lease_until = null,
        failure = json_build_object('failureClass', 'timeout', 'message', 'its deadline has passed')
      from late where tasks.ctid = late.place returning 1)
    select (select count(*)::int from due) as due, (select count(*)::int from expired) as expired`.execute(
    db,
  );
  return rows[0] ?? { due: 0, expired: 0 };
}

/** Tasks whose lease has ended, those first that have been so for longest; of all tenants. */
export async function overdueTasks(db: Database, limit: number): Promise<readonly OverdueTask[]> {
  const { rows } = await sql<OverdueTask>`
    select tenant, id, queue, revision, attempt, worker, failures, deadline_at as "deadlineAt" from tasks
    where state = 'running' and lease_until <= statement_timestamp() order by lease_until limit ${limit}`.execute(
    db,
  );
  return rows;
}
