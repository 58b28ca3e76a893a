import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { FailurePolicy, NodeRequest } from '@sluice/core/tasks/workflow-spec.ts';
import type { NodeEnd, WorkflowState } from '@sluice/core/tasks/workflow-state.ts';
import type { TaskState } from '@sluice/core/tasks/task-state.ts';
import type { TaskFailure } from '../tasks/task-row.ts';

/** A workflow as it stands, without its tasks. */
export interface WorkflowRow {
  readonly id: string;
  readonly name: string;
  readonly state: WorkflowState;
  readonly policy: FailurePolicy;
  readonly verdict: 'failed' | 'cancelled' | null;
  /** Why it did not succeed, in words. */
  readonly reason: string | null;
  /** The task that it began with, where a task spawned it; null where somebody asked for it. */
  readonly root: string | null;
  readonly input: unknown;
  readonly mostDepth: number;
  readonly mostFanOut: number;
  readonly mostTasks: number;
  readonly mostCostMicros: number | null;
  /** All that it has, and those of them that have not ended. */
  readonly tasks: number;
  readonly open: number;
  /** Of the tasks that have ended. */
  readonly costMicros: number;
  readonly deadlineAt: Instant | null;
  readonly createdAt: Instant;
  readonly endedAt: Instant | null;
}

/** What is read of a workflow, under the names of `WorkflowRow`. */
export const WORKFLOW_COLUMNS = `
  workflows.id, workflows.name, workflows.state, workflows.policy, workflows.verdict, workflows.reason, workflows.root,
  workflows.input, workflows.most_depth as "mostDepth", workflows.most_fan_out as "mostFanOut",
  workflows.most_tasks as "mostTasks", workflows.most_cost_micros as "mostCostMicros", workflows.tasks, workflows.open,
  workflows.cost_micros as "costMicros", workflows.deadline_at as "deadlineAt", workflows.created_at as "createdAt",
  workflows.ended_at as "endedAt"`;

/** How a task came into a workflow. */
export type NodeKind = 'declared' | 'spawned' | 'continuation' | 'compensation';

/**
 * Where a task of a workflow stands: `released` once it is a task like any other, `continued` while another one finishes what it
 * began, and then how it ended.
 */
export type NodeState = 'blocked' | 'released' | 'continued' | NodeEnd;

/** What is asked, and what undoes it. */
export interface StoredRequest extends NodeRequest {
  readonly compensation?: NodeRequest;
  /** The input stands for itself, whatever it looks like. */
  readonly isLiteral?: boolean;
  /** What it would be given is more than any task may be: it ends instead of beginning. */
  readonly isTooLarge?: boolean;
}

/** A task of a workflow. */
export interface NodeRow {
  readonly task: string;
  readonly workflow: string;
  readonly kind: NodeKind;
  readonly name: string;
  /** The task that spawned it. */
  readonly parent: string | null;
  /** The task whose work it finishes. */
  readonly standsFor: string | null;
  readonly state: NodeState;
  readonly depth: number;
  readonly request: StoredRequest;
  readonly dependents: number;
  readonly children: number;
}

/** What is read of a task of a workflow, under the names of `NodeRow`. */
export const NODE_COLUMNS = `
  nodes.task, nodes.workflow, nodes.kind, nodes.name, nodes.parent, nodes.stands_for as "standsFor", nodes.state, nodes.depth,
  nodes.request, nodes.dependents, nodes.children`;

/** A task of a workflow for people, with the names of what it waits for. */
export interface ShownNode extends Pick<NodeRow, 'task' | 'kind' | 'name' | 'parent' | 'state'> {
  readonly queue: TrackId;
  readonly after: readonly string[];
  /** Of the task itself; null when it is not kept any more. */
  readonly taskState: TaskState | null;
  readonly attempt: number;
  readonly worker: string | null;
  readonly failure: TaskFailure | null;
  readonly costMicros: number;
  readonly endedAt: Instant | null;
}
