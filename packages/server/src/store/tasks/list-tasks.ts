import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { TaskState } from '@sluice/core/tasks/task-state.ts';
import { type RawBuilder, sql } from 'kysely';
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

/** States in which there are few tasks, or which have an index of their own; all others are found by walking back in time. */
const FOUND: readonly (TaskState | undefined)[] = ['blocked', 'scheduled', 'waiting', 'running', 'dead'];

/** Tasks of a queue without what they carry, and without copies of them; ids go with time, so that their order is that of coming in. */
export async function listTasks(
  db: Database,
  tenant: string,
  { queue, state, session, after, limit }: TaskList,
): Promise<readonly TaskSummaryRow[]> {
  // Of a table without statistics the planner believes that a queue is a few rows, and would sort all of it. What it cannot
  // estimate it takes for half of all rows, and then walks along the primary key, which is right for any queue with work.
  const isFound = FOUND.includes(state);
  const holds = (condition: RawBuilder<unknown>) =>
    isFound ? sql`and ${condition}` : sql`and coalesce(${condition}, false)`;
  // A state stands in the text of the statement, so that the indexes of that state can be used.
  const { rows } = await sql<TaskSummaryRow>`
    select ${sql.raw(TASK_SUMMARY_COLUMNS)} from tasks
    where tenant = ${tenant} ${holds(sql`queue = ${queue}`)} and shadow_of is null
      ${state === undefined ? sql`` : holds(sql`state = ${sql.lit(state)}`)}
      ${session === undefined ? sql`` : holds(sql`session = ${session}`)}
      ${after === undefined ? sql`` : sql`and id < ${after}::uuid`}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}
