import type { NodeEnd } from '@sluice/core/tasks/workflow-state.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { NodeRow } from './workflow-row.ts';

/** A workflow with tasks that have ended and have not been followed. */
export interface WorkflowToFollow {
  readonly tenant: string;
  readonly workflow: string;
}

/** A task of a workflow that has ended. */
export interface EndedNode
  extends Pick<NodeRow, 'task' | 'kind' | 'name' | 'standsFor' | 'dependents' | 'children'> {
  readonly end: NodeEnd;
  readonly costMicros: number;
  /** Why it failed, in words. */
  readonly failure: string | null;
}

/** A task that waits for others, one of which has ended. */
export interface WaitingNode {
  readonly task: string;
  readonly needed: number;
  readonly waitsForAll: boolean;
  readonly total: number;
  readonly ended: number;
  readonly succeeded: number;
}

/** Most ends that are looked at to find the workflows that they belong to. */
const LOOKED_AT = 2_000;

/** Workflows in which something has ended that nobody has followed yet; of all tenants. */
export async function workflowsToFollow(db: Database, limit: number): Promise<readonly WorkflowToFollow[]> {
  const { rows } = await sql<WorkflowToFollow>`
    select distinct tenant, workflow from (
      select tenant, follower as workflow from tasks where follower is not null and ended_at is not null
      limit ${LOOKED_AT}) as ended limit ${limit}`.execute(db);
  return rows;
}

const ENDED_COLUMNS = sql.raw(`
  nodes.task, nodes.kind, nodes.name, nodes.stands_for as "standsFor", nodes.dependents, nodes.children, nodes.state as end,
  nodes.cost_micros as "costMicros", nodes.failure ->> 'message' as failure`);

/**
 * Takes over how tasks of a locked workflow have ended, in the order in which they did, at most `limit` of them. What was
 * cancelled because it could not begin any more has been skipped.
 */
export async function takeEnds(
  db: Database,
  tenant: string,
  { workflow, limit }: { readonly workflow: string; readonly limit: number },
): Promise<readonly EndedNode[]> {
  const { rows } = await sql<EndedNode>`
    with ended as materialized (
      select id, state, result, failure, ended_at, cost_micros from tasks
      where tenant = ${tenant} and follower = ${workflow}::uuid and ended_at is not null
      order by ended_at limit ${limit}),
    followed as (
      update tasks set follower = null from ended where tasks.tenant = ${tenant} and tasks.id = ended.id)
    update workflow_nodes as nodes set
      state = case when nodes.state = 'skipped' then nodes.state else ended.state end,
      result = ended.result, failure = case when ended.state = 'succeeded' then null else ended.failure end,
      cost_micros = ended.cost_micros, ended_at = ended.ended_at
    from ended where nodes.tenant = ${tenant} and nodes.task = ended.id and nodes.ended_at is null
    returning ${ENDED_COLUMNS}`.execute(db);
  return rows;
}

/**
 * Of tasks that have succeeded, those that another one finishes: they have not ended yet, and that one may begin.
 * @returns by the task, the one that finishes it, where that has not ended itself
 */
export async function continueNodes(
  db: Database,
  tenant: string,
  tasks: readonly string[],
): Promise<readonly { readonly task: string; readonly by: string; readonly hasEnded: boolean }[]> {
  const { rows } = await sql<{ readonly task: string; readonly by: string; readonly hasEnded: boolean }>`
    with continued as materialized (
      select stands_for as task, task as by, ended_at is not null as has_ended from workflow_nodes
      where tenant = ${tenant} and parent = any(${[...tasks]}::uuid[]) and kind = 'continuation'),
    begun as (
      update workflow_nodes as nodes set is_held = false from continued
      where nodes.tenant = ${tenant} and nodes.task = continued.by)
    update workflow_nodes as nodes set state = 'continued', ended_at = null, result = null from continued
    where nodes.tenant = ${tenant} and nodes.task = continued.task
    returning nodes.task, continued.by, continued.has_ended as "hasEnded"`.execute(db);
  return rows;
}

/** Ends what has been finished by others as those have ended; gives what ended thereby. */
export async function finishNodes(
  db: Database,
  tenant: string,
  finishers: readonly string[],
): Promise<readonly EndedNode[]> {
  const { rows } = await sql<EndedNode>`
    update workflow_nodes as nodes set state = by.state, result = by.result, failure = by.failure, ended_at = by.ended_at
    from workflow_nodes as by
    where by.tenant = ${tenant} and by.task = any(${[...finishers]}::uuid[]) and by.ended_at is not null
      and nodes.tenant = ${tenant} and nodes.task = by.stands_for and nodes.state = 'continued'
    returning ${ENDED_COLUMNS}`.execute(db);
  // What it cost itself was counted when its own task ended.
  return rows.map((row) => ({ ...row, costMicros: 0 }));
}

/** Counts ends for those that wait for them; gives those that have not begun, and are not held back. */
export async function countEnds(
  db: Database,
  tenant: string,
  ends: readonly Pick<EndedNode, 'task' | 'end'>[],
): Promise<readonly WaitingNode[]> {
  const { rows } = await sql<WaitingNode & { readonly isOpen: boolean }>`
    with ended as materialized (
      select * from unnest(${ends.map(({ task }) => task)}::uuid[],
        ${ends.map(({ end }) => end === 'succeeded')}::boolean[]) as ended (task, has_succeeded)),
    touched as materialized (
      select later, count(*)::int as ended, (count(*) filter (where has_succeeded))::int as succeeded
      from ended join workflow_edges on tenant = ${tenant} and earlier = task group by later)
    update workflow_nodes as nodes set dependencies_ended = dependencies_ended + touched.ended,
      dependencies_succeeded = dependencies_succeeded + touched.succeeded
    from touched where nodes.tenant = ${tenant} and nodes.task = touched.later
    returning ${WAITING_COLUMNS}, nodes.state = 'blocked' and not nodes.is_held as "isOpen"`.execute(db);
  return rows.filter(({ isOpen }) => isOpen);
}

const WAITING_COLUMNS = sql.raw(`
  nodes.task, nodes.needed, nodes.waits_for_all as "waitsForAll", nodes.dependencies as total,
  nodes.dependencies_ended as ended, nodes.dependencies_succeeded as succeeded`);

/** How far those are that wait, of the given ones. */
export async function readWaiting(
  db: Database,
  tenant: string,
  tasks: readonly string[],
): Promise<readonly WaitingNode[]> {
  const { rows } = await sql<WaitingNode>`
    select ${WAITING_COLUMNS} from workflow_nodes as nodes
    where tenant = ${tenant} and task = any(${[...tasks]}::uuid[]) and state = 'blocked' and not is_held`.execute(
    db,
  );
  return rows;
}
