import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { joinNeed } from '@sluice/core/tasks/workflow-join.ts';
import type { Join } from '@sluice/core/tasks/workflow-spec.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import type { Database } from '../store/database/open-database.ts';
import { taskQueue } from '../store/tasks/task-queues.ts';
import type { NodeRow, StoredRequest, WorkflowRow } from '../store/workflows/workflow-row.ts';
import { insertNodes, type NewNode } from '../store/workflows/write-nodes.ts';
import type { WorkflowPorts } from './workflow-ports.ts';

/** A task that comes into a workflow, before anything of it is looked up. */
export interface PlannedNode
  extends Pick<NodeRow, 'task' | 'kind' | 'name' | 'parent' | 'standsFor' | 'depth'> {
  readonly request: StoredRequest;
  readonly join: Join;
  /** Ids of the tasks that it waits for. */
  readonly after: readonly string[];
}

/** The splits of queues; null for those that nothing serves. */
export async function splitsOf(
  db: Database,
  tenant: string,
  queues: Iterable<TrackId>,
): Promise<ReadonlyMap<TrackId, Split | null>> {
  const splits = new Map<TrackId, Split | null>();
  for (const queue of new Set(queues)) {
    const split = (await taskQueue(db, tenant, queue))?.split as Split | undefined;
    splits.set(queue, split && split.weights.length > 0 ? split : null);
  }
  return splits;
}

/** Writes planned tasks as blocked ones; gives the ids of those that wait for nothing. */
export async function insertTasks(
  db: Database,
  { make }: Pick<WorkflowPorts, 'make'>,
  {
    tenant,
    workflow,
  }: { readonly tenant: string; readonly workflow: Pick<WorkflowRow, 'id' | 'deadlineAt'> },
  planned: readonly PlannedNode[],
): Promise<readonly string[]> {
  const splits = await splitsOf(
    db,
    tenant,
    planned.map(({ request }) => request.track),
  );
  const nodes: NewNode[] = [];
  for (const { join, ...node } of planned) {
    const { track, abilities = [] } = node.request;
    const named = { tenant, queue: track, id: node.task };
    const made = await make(named, { input: null, abilities }, splits.get(track) ?? EMPTY_SPLIT);
    const { revision = '', lane = '' } = made.ok ? made.value : {};
    const isHeld = node.kind === 'continuation';
    nodes.push({ ...node, ...joinNeed(join, node.after.length), isHeld, revision, lane });
  }
  await insertNodes(db, tenant, { workflow: workflow.id, deadlineAt: workflow.deadlineAt, nodes });
  return nodes.flatMap(({ task, after, isHeld }) => (after.length === 0 && !isHeld ? [task] : []));
}
