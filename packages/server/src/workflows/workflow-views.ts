import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { NodeRequest, WorkflowNode, WorkflowSpec } from '@sluice/core/tasks/workflow-spec.ts';
import type {
  WorkflowNodeView,
  WorkflowRequestView,
  WorkflowSummaryView,
  WorkflowView,
} from '@sluice/protocol/http/workflows.ts';
import type { ShownNode, WorkflowRow } from '../store/workflows/workflow-row.ts';

/** A workflow without its tasks, as it is shown. */
export const workflowSummaryOf = (row: WorkflowRow): WorkflowSummaryView => ({
  ...{
    id: row.id,
    name: row.name,
    state: row.state,
    onFailure: row.policy,
    reason: row.reason,
    root: row.root,
  },
  ...{ tasks: row.tasks, open: row.open, costMicros: row.costMicros },
  ...{ deadlineAt: row.deadlineAt, createdAt: row.createdAt, endedAt: row.endedAt },
});

/** A workflow as it is shown. */
export const workflowViewOf = (row: WorkflowRow, nodes: readonly ShownNode[]): WorkflowView => ({
  ...workflowSummaryOf(row),
  limits: {
    ...{ depth: row.mostDepth, fanOut: row.mostFanOut, tasks: row.mostTasks, costMicros: row.mostCostMicros },
  },
  input: row.input,
  nodes: nodes.map(nodeViewOf),
});

/** A task that has been released stands where the task itself does. */
const nodeViewOf = ({ queue, state, taskState, after, ...node }: ShownNode): WorkflowNodeView => ({
  ...{ task: node.task, name: node.name, kind: node.kind, track: queue, parent: node.parent },
  state: state === 'released' ? (taskState ?? 'waiting') : state,
  after: [...after],
  ...{ attempt: node.attempt, worker: node.worker, failure: node.failure },
  ...{ costMicros: node.costMicros, endedAt: node.endedAt },
});

/** A workflow of a request of the HTTP API. */
export const workflowSpecOf = ({ tasks, ...request }: WorkflowRequestView): WorkflowSpec => ({
  ...{ name: request.name, onFailure: request.onFailure, limits: request.limits, input: request.input },
  deadlineAt: request.deadlineAt,
  nodes: tasks.map(({ name, after, join, compensation, ...asked }): WorkflowNode => {
    const undo = compensation && { compensation: requestOf(compensation) };
    const { input = null, ...request } = requestOf(asked);
    return { ...request, input, name, after, join, ...undo };
  }),
});

type AskedView = Omit<WorkflowRequestView['tasks'][number], 'name' | 'after' | 'join' | 'compensation'>;

function requestOf({ track, input, capabilities, ...asked }: AskedView): NodeRequest {
  const { priority, fairnessKey, session, delayMs, withinMs } = asked;
  return {
    ...{ track: trackIdFrom(track), input },
    ...(priority !== undefined && { priority }),
    ...(fairnessKey !== undefined && { fairnessKey }),
    ...(session !== undefined && { session }),
    ...(capabilities !== undefined && { abilities: capabilities }),
    ...(delayMs !== undefined && { delayMs }),
    ...(withinMs !== undefined && { withinMs }),
  };
}
