import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Tasks that were cancelled, and whether somebody was working on them. */
export interface StoppedTask {
  readonly id: string;
  readonly wasRunning: boolean;
}

/** Whose open tasks: all of a workflow, or those that the given ones have spawned, and those that these have. */
export type StoppedOf = { readonly workflow: string } | { readonly descendantsOf: readonly string[] };

/** Cancels what has not ended; the turn after it follows these ends as any others. */
export async function stopNodes(
  db: Database,
  tenant: string,
  of: StoppedOf,
  reason: string,
): Promise<readonly StoppedTask[]> {
  const meant =
    'workflow' in of
      ? sql`select task from workflow_nodes
          where tenant = ${tenant} and workflow = ${of.workflow}::uuid and ended_at is null`
      : sql`select task from descendants`;
  const descendants =
    'workflow' in of
      ? sql``
      : sql`recursive descendants as (
          select task from workflow_nodes
          where tenant = ${tenant} and parent = any(${[...of.descendantsOf]}::uuid[]) and ended_at is null
          union
          select nodes.task from descendants join workflow_nodes as nodes
            on nodes.tenant = ${tenant} and nodes.parent = descendants.task and nodes.ended_at is null),`;
  const { rows } = await sql<StoppedTask>`
    with ${descendants} meant as materialized (${meant}),
    open as materialized (
      select id, state = 'running' as was_running from tasks
      where tenant = ${tenant} and id in (select task from meant) and ended_at is null order by id for update)
    update tasks set state = 'cancelled', ended_at = clock_timestamp(), lease_until = null, cancel_reason = ${reason}
    from open where tasks.tenant = ${tenant} and tasks.id = open.id
    returning tasks.id, open.was_running as "wasRunning"`.execute(db);
  return rows;
}

/** Skips what can begin no more. */
export async function skipNodes(db: Database, tenant: string, tasks: readonly string[]): Promise<void> {
  await sql`
    with skipped as materialized (
      update tasks set state = 'cancelled', ended_at = clock_timestamp(),
        cancel_reason = 'what it waited for did not succeed'
      where tenant = ${tenant} and id = any(${[...tasks]}::uuid[]) and state = 'blocked' returning id)
    update workflow_nodes as nodes set state = 'skipped' from skipped
    where nodes.tenant = ${tenant} and nodes.task = skipped.id`.execute(db);
}
