import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { TaskState } from '@sluice/core/tasks/task-state.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import { TASK_SUMMARY_COLUMNS, type TaskSummaryRow } from './task-row.ts';

/** Which tasks to list, the newest first. */
export interface TaskList {
  readonly queue: TrackId;
  readonly state?: TaskState;
  readonly session?: string;
  /** The id of the last task of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Tasks of a queue without what they carry; ids go with time, so that their order is that of coming in. */
export async function listTasks(
  db: Database,
  tenant: string,
  { queue, state, session, after, limit }: TaskList,
): Promise<readonly TaskSummaryRow[]> {
  // A state stands in the text of the statement, so that the indexes of that state can be used.
  const { rows } = await sql<TaskSummaryRow>`
    select ${sql.raw(TASK_SUMMARY_COLUMNS)} from tasks
    where tenant = ${tenant} and queue = ${queue}
      ${state === undefined ? sql`` : sql`and state = ${sql.lit(state)}`}
      ${session === undefined ? sql`` : sql`and session = ${session}`}
      ${after === undefined ? sql`` : sql`and id < ${after}::uuid`}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}
