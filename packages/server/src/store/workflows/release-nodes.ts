import type { NodeOutcome } from '@sluice/core/tasks/workflow-input.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { TaskFailure } from '../tasks/task-row.ts';
import type { StoredRequest } from './workflow-row.ts';

/** A task that may begin, with what it is asked. */
export interface ReadyNode {
  readonly task: string;
  readonly request: StoredRequest;
}

/** What came of a task that another one waits for. */
export interface HandedOutcome extends NodeOutcome {
  readonly later: string;
  readonly name: string;
  /** Its result was not read, because there was no room for it beside those before. */
  readonly isLeftOut: boolean;
}

/** Tasks of a workflow in the order of their queues, and within a queue in their own. */
export async function byQueues(
  db: Database,
  tenant: string,
  tasks: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly task: string }>`
    select task from workflow_nodes where tenant = ${tenant} and task = any(${[...tasks]}::uuid[])
    order by request ->> 'track' collate "C", place, task`.execute(db);
  return rows.map(({ task }) => task);
}

/** What is asked of tasks of a workflow. */
export async function readRequests(
  db: Database,
  tenant: string,
  tasks: readonly string[],
): Promise<readonly ReadyNode[]> {
  const { rows } = await sql<ReadyNode>`
    select task, request from workflow_nodes
    where tenant = ${tenant} and task = any(${[...tasks]}::uuid[]) order by place, task`.execute(db);
  return rows;
}

/** Whose outcomes are read, and how much of them. */
export interface OutcomesWish {
  readonly later: readonly string[];
  /** Only of these; of all by null. */
  readonly names: readonly string[] | null;
  /** Results that have more bytes together are left out. */
  readonly mostBytes: number;
}

/** What came of those that tasks wait for. */
export async function readOutcomes(
  db: Database,
  tenant: string,
  { later, names, mostBytes }: OutcomesWish,
): Promise<readonly HandedOutcome[]> {
  const { rows } = await sql<HandedOutcome>`
    with handed as (
      select edges.later, nodes.task, nodes.place, nodes.name, nodes.state, nodes.failure ->> 'message' as failure,
        sum(octet_length(nodes.result::text)) over (order by nodes.place, nodes.task, edges.later) > ${mostBytes} as is_over
      from workflow_edges as edges join workflow_nodes as nodes
        on nodes.tenant = edges.tenant and nodes.task = edges.earlier
      where edges.tenant = ${tenant} and edges.later = any(${[...later]}::uuid[]) and nodes.ended_at is not null
        ${names === null ? sql`` : sql`and nodes.name = any(${[...names]}::text[])`})
    select handed.later, handed.name, handed.state, handed.failure, coalesce(is_over, false) as "isLeftOut",
      case when coalesce(is_over, false) then null else nodes.result end as result
    from handed join workflow_nodes as nodes on nodes.tenant = ${tenant} and nodes.task = handed.task
    order by handed.place`.execute(db);
  return rows;
}

/**
 * Takes blocked tasks away, so that they can come in as tasks that wait, under the same ids.
 * @returns the ids of those that were still blocked; all others have ended meanwhile
 */
export async function takeBlocked(
  db: Database,
  tenant: string,
  tasks: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly id: string }>`
    delete from tasks where tenant = ${tenant} and id = any(${[...tasks]}::uuid[]) and state = 'blocked'
    returning id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** Notes that tasks have come in that are blocked no more, and that their ends are to be followed. */
export async function markReleased(
  db: Database,
  tenant: string,
  { workflow, tasks }: { readonly workflow: string; readonly tasks: readonly string[] },
): Promise<void> {
  const ids = sql`${[...tasks]}::uuid[]`;
  await sql`
    with marked as (
      update tasks set follower = ${workflow}::uuid where tenant = ${tenant} and id = any(${ids}))
    update workflow_nodes set state = 'released' where tenant = ${tenant} and task = any(${ids})`.execute(db);
}

/** Ends a blocked task that cannot be begun, with why. */
export async function failBlocked(
  db: Database,
  tenant: string,
  { task, failure }: { readonly task: string; readonly failure: TaskFailure },
): Promise<void> {
  await sql`
    update tasks set state = 'dead', ended_at = clock_timestamp(), failure = ${storedJson(failure)}::json
    where tenant = ${tenant} and id = ${task}::uuid and state = 'blocked'`.execute(db);
}
