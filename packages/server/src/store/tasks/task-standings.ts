import type { TaskState } from '@sluice/core/tasks/task-state.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Where a task stands, without what it carries. */
export interface TaskStanding {
  readonly id: string;
  readonly state: TaskState;
  /** How often it was leased. */
  readonly attempt: number;
  readonly revision: string;
}

/** Where tasks stand; what does not exist is missing. */
export async function readStandings(
  db: Database,
  tenant: string,
  ids: readonly string[],
): Promise<readonly TaskStanding[]> {
  const { rows } = await sql<TaskStanding>`
    select id, state, attempt, revision from tasks
    where tenant = ${tenant} and id = any(${[...ids]}::uuid[])`.execute(db);
  return rows;
}
