import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { leastId } from './least-id.ts';

/** What is old, and how many rows are removed at most; over all tenants, as the rest of retention. */
export interface TaskAge {
  readonly before: Instant;
  readonly limit: number;
}

/** Removes tasks that ended long ago, dead letters too. Ids go with time, so that no index of its own is needed. */
export async function deleteOldTasks(db: Database, { before, limit }: TaskAge): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from tasks where ctid = any(array(
      select old.ctid from (select distinct tenant from task_queues) as owner cross join lateral (
        select ctid from tasks where tenant = owner.tenant and id < ${leastId(before)}::uuid
          and ended_at < ${timestamp(before)} limit ${limit}) as old
      limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}

/** Removes seconds in which attempts were counted long ago. */
export async function deleteOldOutcomes(db: Database, { before, limit }: TaskAge): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from task_outcomes where ctid = any(array(
      select ctid from task_outcomes where second < ${timestamp(before)} limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}

/** Removes flows that stand behind what was served: whoever comes again begins there anyway. */
export async function deleteIdleFlows(db: Database, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from task_flows where ctid = any(array(
      select flow.ctid from task_flows as flow join task_lines as line using (tenant, queue, revision, lane)
      where flow.last <= line.served limit ${limit} for update of flow skip locked))`.execute(db);
  return Number(numAffectedRows);
}
