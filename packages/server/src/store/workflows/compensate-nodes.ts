import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { StoredRequest } from './workflow-row.ts';

/** A task that has succeeded and can be undone. */
export interface UndoneNode {
  readonly task: string;
  readonly name: string;
  readonly depth: number;
  readonly request: StoredRequest;
  readonly result: unknown;
}

/** Whether something of a workflow has succeeded that can be undone. */
export async function hasToUndo(db: Database, tenant: string, workflow: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from workflow_nodes where tenant = ${tenant} and workflow = ${workflow}::uuid and state = 'succeeded'
      and kind <> 'compensation' and request ->> 'compensation' is not null limit 1`.execute(db);
  return rows.length > 0;
}

/** What is to be undone, in that order: what ended last comes first. */
export async function nodesToUndo(
  db: Database,
  tenant: string,
  workflow: string,
): Promise<readonly UndoneNode[]> {
  const { rows } = await sql<UndoneNode>`
    select task, name, depth, request, result from workflow_nodes
    where tenant = ${tenant} and workflow = ${workflow}::uuid and state = 'succeeded' and kind <> 'compensation'
      and request ->> 'compensation' is not null
    order by ended_at desc, place desc, task desc`.execute(db);
  return rows;
}
