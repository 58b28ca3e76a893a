import type { WorkflowState } from '@sluice/core/tasks/workflow-state.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import {
  NODE_COLUMNS,
  type NodeRow,
  type ShownNode,
  WORKFLOW_COLUMNS,
  type WorkflowRow,
} from './workflow-row.ts';

/** A workflow by its id; null when there is none. */
export async function readWorkflow(db: Database, tenant: string, id: string): Promise<WorkflowRow | null> {
  const { rows } = await sql<WorkflowRow>`
    select ${sql.raw(WORKFLOW_COLUMNS)} from workflows where tenant = ${tenant} and id = ${id}::uuid`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Workflows, the newest first; those after a given one. */
export async function listWorkflows(
  db: Database,
  tenant: string,
  {
    state,
    after,
    limit,
  }: { readonly state?: WorkflowState; readonly after?: string; readonly limit: number },
): Promise<readonly WorkflowRow[]> {
  const { rows } = await sql<WorkflowRow>`
    select ${sql.raw(WORKFLOW_COLUMNS)} from workflows where tenant = ${tenant}
      ${state === undefined ? sql`` : sql`and state = ${state}`}
      ${after === undefined ? sql`` : sql`and id < ${after}::uuid`}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}

/** The tasks of a workflow, in the order of the request, those that came later after them. */
export async function listNodes(
  db: Database,
  tenant: string,
  { workflow, limit }: { readonly workflow: string; readonly limit: number },
): Promise<readonly ShownNode[]> {
  const { rows } = await sql<ShownNode>`
    select nodes.task, nodes.kind, nodes.name, nodes.parent, nodes.state, nodes.request ->> 'track' as queue,
      array(select earlier.name from workflow_edges as edges join workflow_nodes as earlier
        on earlier.tenant = edges.tenant and earlier.task = edges.earlier
        where edges.tenant = nodes.tenant and edges.later = nodes.task order by earlier.place) as after,
      tasks.state as "taskState", coalesce(tasks.attempt, 0) as attempt, tasks.worker,
      coalesce(nodes.failure, tasks.failure) as failure, nodes.cost_micros as "costMicros", nodes.ended_at as "endedAt"
    from workflow_nodes as nodes left join tasks on tasks.tenant = nodes.tenant and tasks.id = nodes.task
    where nodes.tenant = ${tenant} and nodes.workflow = ${workflow}::uuid
    order by nodes.kind = 'compensation', nodes.parent is not null, nodes.depth, nodes.parent, nodes.place, nodes.task
    limit ${limit}`.execute(db);
  return rows;
}

/** A task as a part of a workflow; null when it is none. */
export async function readNode(db: Database, tenant: string, task: string): Promise<NodeRow | null> {
  const { rows } = await sql<NodeRow>`
    select ${sql.raw(NODE_COLUMNS)} from workflow_nodes as nodes
    where tenant = ${tenant} and task = ${task}::uuid`.execute(db);
  return rows[0] ?? null;
}

/** What a task has spawned, in the order in which it did. */
export async function listChildren(
  db: Database,
  tenant: string,
  parent: string,
): Promise<readonly Pick<NodeRow, 'task' | 'name' | 'kind'>[]> {
  const { rows } = await sql<Pick<NodeRow, 'task' | 'name' | 'kind'>>`
    select task, name, kind from workflow_nodes where tenant = ${tenant} and parent = ${parent}::uuid
    order by task`.execute(db);
  return rows;
}

/** How a task has ended that somebody else spawned. */
export interface ChildEnd {
  readonly task: string;
  readonly name: string;
  readonly state: 'succeeded' | 'dead' | 'cancelled' | 'skipped';
  readonly result: unknown;
  readonly failure: { readonly failureClass: string; readonly message: string } | null;
}

/** Of what a task has spawned, what has ended, of the given ones. */
export async function readChildEnds(
  db: Database,
  tenant: string,
  {
    parent,
    tasks,
    limit,
  }: { readonly parent: string; readonly tasks: readonly string[]; readonly limit: number },
): Promise<readonly ChildEnd[]> {
  const { rows } = await sql<ChildEnd>`
    select task, name, state, result, failure from workflow_nodes
    where tenant = ${tenant} and task = any(${[...tasks]}::uuid[]) and parent = ${parent}::uuid and ended_at is not null
    order by ended_at limit ${limit}`.execute(db);
  return rows;
}
