import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Counts the tasks that are delayed or pause before they are tried again; no row for a revision without any. */
export async function countScheduled(
  db: Database,
  tenant: string,
  queues: readonly TrackId[],
): Promise<readonly { readonly queue: TrackId; readonly revision: string; readonly scheduled: number }[]> {
  const { rows } = await sql<{
    readonly queue: TrackId;
    readonly revision: string;
    readonly scheduled: number;
  }>`
    select queue, revision, count(*)::int as scheduled from tasks
    where tenant = ${tenant} and queue = any(${[...queues]}::text[]) and state = 'scheduled'
    group by queue, revision`.execute(db);
  return rows;
}
