import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { NodeKind, StoredRequest } from './workflow-row.ts';

/** A task that comes into a workflow. */
export interface NewNode {
  /** The id of the task. */
  readonly task: string;
  readonly kind: NodeKind;
  readonly name: string;
  readonly parent: string | null;
  readonly standsFor: string | null;
  readonly depth: number;
  readonly request: StoredRequest;
  /** Of how many of those that it waits for. */
  readonly needed: number;
  readonly waitsForAll: boolean;
  /** It does not begin before the task whose work it finishes has ended. */
  readonly isHeld: boolean;
  /** Ids of the tasks that it waits for. */
  readonly after: readonly string[];
  /** The revision that it would be dealt to now. */
  readonly revision: string;
  /** What of it a worker must be able to do, as a lane. */
  readonly lane: string;
}

/** Whose tasks they are, and what holds for all of them. */
export interface NodesOf {
  readonly workflow: string;
  readonly deadlineAt: Instant | null;
  readonly nodes: readonly NewNode[];
}

/**
 * Writes tasks with what they wait for. Each stands among the tasks as one that is blocked: it can be seen, cancelled, and ends
 * by its deadline; it is in no line, and its revision is that of the moment until it is dealt when it may begin.
 */
export async function insertNodes(
  db: Database,
  tenant: string,
  { workflow, deadlineAt, nodes }: NodesOf,
): Promise<void> {
  const column = <Value>(of: (node: NewNode) => Value): Value[] => nodes.map(of);
  await sql`
    with asked as materialized (
      select * from unnest(
        ${column(({ task }) => task)}::uuid[], ${column(({ kind }) => kind)}::text[],
        ${column(({ name }) => name)}::text[], ${column(({ parent }) => parent)}::uuid[],
        ${column(({ standsFor }) => standsFor)}::uuid[], ${column(({ depth }) => depth)}::int[],
        ${column(({ request }) => storedJson(request))}::text[], ${column(({ needed }) => needed)}::int[],
        ${column(({ waitsForAll }) => waitsForAll)}::boolean[], ${column(({ isHeld }) => isHeld)}::boolean[],
        ${column(({ after }) => after.length)}::int[], ${column(({ request }) => request.track)}::text[],
        ${column(({ revision }) => revision)}::text[], ${column(({ lane }) => lane)}::text[],
        ${column(({ request }) => request.priority ?? 5)}::smallint[],
        ${column(({ request }) => request.fairnessKey ?? '')}::text[],
        ${column(({ request }) => request.session ?? null)}::text[],
        ${column(({ request }) => storedJson(request.input))}::text[]
      ) with ordinality as asked (task, kind, name, parent, stands_for, depth, request, needed, waits_for_all, is_held,
        dependencies, queue, revision, lane, priority, fairness_key, session, input, place)),
    placed as (
      insert into tasks (tenant, id, queue, revision, lane, state, tag, priority, fairness_key, session, deadline_at, input,
        follower)
      select ${tenant}, task, queue, revision, lane, 'blocked', 0, priority, fairness_key, session,
        ${storedInstant(deadlineAt)}::timestamptz, input::json, ${workflow}::uuid from asked)
    insert into workflow_nodes (tenant, task, workflow, kind, name, parent, stands_for, state, place, depth, request, needed,
      waits_for_all, is_held, dependencies)
    select ${tenant}, task, ${workflow}::uuid, kind, name, parent, stands_for, 'blocked', place, depth, request::json, needed,
      waits_for_all, is_held, dependencies from asked`.execute(db);
  await insertEdges(db, tenant, nodes);
}

/** What is waited for may have ended already; then it counts at once. */
async function insertEdges(db: Database, tenant: string, nodes: readonly NewNode[]): Promise<void> {
  const edges = nodes.flatMap(({ task, after }) => after.map((earlier) => ({ earlier, later: task })));
  if (edges.length === 0) return;
  await sql`
    with asked as materialized (
      select * from unnest(${edges.map(({ earlier }) => earlier)}::uuid[],
        ${edges.map(({ later }) => later)}::uuid[]) as asked (earlier, later)),
    written as (
      insert into workflow_edges (tenant, earlier, later) select ${tenant}, earlier, later from asked),
    gone as (
      select asked.later, count(*)::int as ended, (count(*) filter (where nodes.state = 'succeeded'))::int as succeeded
      from asked join workflow_nodes as nodes on nodes.tenant = ${tenant} and nodes.task = asked.earlier
      where nodes.ended_at is not null group by asked.later),
    waited as (select earlier, count(*)::int as many from asked group by earlier)
    update workflow_nodes as nodes set
      dependents = nodes.dependents + coalesce((select many from waited where earlier = nodes.task), 0),
      dependencies_ended = nodes.dependencies_ended + coalesce((select ended from gone where later = nodes.task), 0),
      dependencies_succeeded = nodes.dependencies_succeeded
        + coalesce((select succeeded from gone where later = nodes.task), 0)
    where nodes.tenant = ${tenant}
      and nodes.task in (select earlier from waited union select later from gone)`.execute(db);
}

/** The task that spawned others, as the first one of a workflow of its own. */
export async function insertRoot(
  db: Database,
  tenant: string,
  { workflow, task }: { readonly workflow: string; readonly task: string },
): Promise<void> {
  await sql`
    insert into workflow_nodes (tenant, task, workflow, kind, name, state, place, depth, request)
    select tenant, id, ${workflow}::uuid, 'declared', 'root', 'released', 1, 0,
      json_build_object('track', queue, 'input', null)
    from tasks where tenant = ${tenant} and id = ${task}::uuid`.execute(db);
  await sql`
    update tasks set follower = ${workflow}::uuid where tenant = ${tenant} and id = ${task}::uuid`.execute(
    db,
  );
}

/** Counts tasks that a task has spawned. */
export async function addChildren(
  db: Database,
  tenant: string,
  { task, many }: { readonly task: string; readonly many: number },
): Promise<void> {
  await sql`
    update workflow_nodes set children = children + ${many}
    where tenant = ${tenant} and task = ${task}::uuid`.execute(db);
}
