import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  FailurePolicy as ToldPolicy,
  type Join as ToldJoin,
  type NodeTask,
  type Workflow as ToldWorkflow,
  type WorkflowLimits as ToldLimits,
  type WorkflowNodeSchema,
  WorkflowSchema,
  type WorkflowService,
  WorkflowState as ToldState,
  type WorkflowTask,
} from '@sluice/protocol/generated/sluice/agents/v1/workflows_pb.js';
import type {
  WorkflowNodeView,
  WorkflowRequestView,
  WorkflowSummaryView,
} from '@sluice/protocol/http/workflows.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { FailurePolicy, Join, WorkflowLimits } from '@sluice/core/tasks/workflow-spec.ts';
import { USUAL_LIMITS } from '@sluice/core/tasks/workflow-spec.ts';
import type { WorkflowState } from '@sluice/core/tasks/workflow-state.ts';
import { isTaskId } from '../../tasks/task-id.ts';
import type { WorkflowRegistry } from '../../workflows/workflow-registry.ts';
import { agentIdIn } from './agent-directory.ts';
import { problemError, valueOf } from './call-error.ts';
import { jsonOfValue } from './json-value.ts';
import { failureMessage } from './task-message.ts';

const STATES: Readonly<Record<WorkflowState, ToldState>> = {
  running: ToldState.RUNNING,
  stopping: ToldState.STOPPING,
  compensating: ToldState.COMPENSATING,
  succeeded: ToldState.SUCCEEDED,
  failed: ToldState.FAILED,
  cancelled: ToldState.CANCELLED,
};
const POLICIES: Readonly<Record<FailurePolicy, ToldPolicy>> = {
  fail: ToldPolicy.FAIL,
  continue: ToldPolicy.CONTINUE,
  compensate: ToldPolicy.COMPENSATE,
};
/** Workflows of one page of the registry. */
const PAGE = 100;

/** Workflows, over gRPC. */
export const workflowService = (workflows: WorkflowRegistry): ServiceImpl<typeof WorkflowService> => ({
  submitWorkflow: async (request) => {
    const { name, tasks, onFailure, limits, input, deadlineAt, idempotencyKey } = request;
    const {
      id,
      isNew,
      tasks: taken,
    } = answered(
      await workflows.submit({
        name: name === '' ? 'workflow' : name,
        tasks: tasks.map(taskOf),
        onFailure: policyOf(onFailure),
        limits: limitsIn(limits),
        input: valueOf(jsonOfValue(input)),
        deadlineAt: deadlineAt === undefined ? null : timestampMs(deadlineAt),
        idempotencyKey: idempotencyKey === '' ? null : idempotencyKey,
      }),
    );
    return { id, isNew, tasks: taken.map((task) => ({ name: task.name, taskId: task.id, isNew })) };
  },
  getWorkflow: async ({ id }) => {
    const view = answered(await workflows.workflow(idIn(id)));
    return { workflow: messageOf(view), nodes: view.nodes.map(nodeMessage) };
  },
  listWorkflows: async function* listing({ state, limit }, { signal }) {
    const wanted = Object.entries(STATES).find(([, told]) => told === state)?.[0] as
      | WorkflowState
      | undefined;
    let left = limit === 0 ? PAGE : limit;
    for (let cursor: string | null | undefined; cursor !== null && left > 0 && !signal.aborted; ) {
      const page = await workflows.workflows(
        { state: wanted },
        { cursor: cursor ?? null, limit: Math.min(left, PAGE) },
      );
      for (const item of page.items) yield { workflow: messageOf(item) };
      left -= page.items.length;
      cursor = page.next;
    }
  },
  cancelWorkflow: async ({ id, reason }) => {
    const why = reason.trim() === '' ? 'somebody cancelled it' : reason.slice(0, 200);
    return { workflow: messageOf(answered(await workflows.cancel(idIn(id), why))) };
  },
});

/** Limits with what was left out as usual. */
export const limitsIn = (said: ToldLimits | undefined): WorkflowLimits => ({
  depth: said?.depth || USUAL_LIMITS.depth,
  fanOut: said?.fanOut || USUAL_LIMITS.fanOut,
  tasks: said?.tasks || USUAL_LIMITS.tasks,
  costMicros: said?.costMicros === undefined ? USUAL_LIMITS.costMicros : Number(said.costMicros),
});

/** A join with what was left out: all. */
export function joinIn(said: ToldJoin | undefined): Join {
  if (said?.join.case === 'quorum') return { quorum: said.join.value };
  return said?.join.case === 'settled' && said.join.value ? 'settled' : 'all';
}

type TaskRequestView = WorkflowRequestView['tasks'][number];

/** What is asked of whoever does a task, but not who that is. */
export interface AskedTask {
  readonly input?: unknown;
  readonly priority?: number;
  readonly fairnessKey?: string;
  readonly session?: string;
  readonly capabilities?: string[];
  readonly delayMs?: number;
  readonly withinMs?: number;
}

/** What is asked of whoever does a task, as the HTTP API takes it as well. */
export function askedIn(task: NodeTask | undefined): AskedTask {
  const { priority, fairnessKey = '', session = '', capabilities = [], delay, within } = task ?? {};
  return {
    ...(task?.input && { input: valueOf(jsonOfValue(task.input)) }),
    ...(priority !== undefined && { priority }),
    ...(fairnessKey !== '' && { fairnessKey }),
    ...(session !== '' && { session }),
    ...(capabilities.length > 0 && { capabilities }),
    ...(delay && { delayMs: Math.round(durationMs(delay)) }),
    ...(within && { withinMs: Math.round(durationMs(within)) }),
  };
}

/** The agent of a task. */
export function agentIn(task: NodeTask | undefined, name: string): string {
  const said = task?.agentId ?? '';
  return agentIdIn(said) ?? valueOf(noAgent(name, said));
}

const noAgent = (name: string, said: string): Result<never> =>
  refuse(
    'invalid-workflow',
    `Nothing was taken: the agent of the task ${name.slice(0, 80)} is '${said.slice(0, 80)}'.`,
    'Name it as application/environment/component.',
  );

function taskOf({ name, task, after, join, compensation }: WorkflowTask): TaskRequestView {
  const undo = compensation && {
    compensation: { track: agentIn(compensation, name), ...askedIn(compensation) },
  };
  return { name, track: agentIn(task, name), after, join: joinIn(join), ...askedIn(task), ...undo };
}

const policyOf = (told: ToldPolicy): FailurePolicy =>
  (Object.entries(POLICIES).find(([, one]) => one === told)?.[0] ?? 'fail') as FailurePolicy;

/** An id that can be none belongs to nothing. */
const idIn = (id: string): string => (isTaskId(id) ? id : '00000000-0000-7000-8000-000000000000');

function answered<Value>(result: Result<Value, Problem>): Value {
  if (result.ok) return result.value;
  throw problemError(result.refusal);
}

function messageOf(view: WorkflowSummaryView): ToldWorkflow {
  const { id, name, state, onFailure, reason, tasks, open, costMicros } = view;
  return create(WorkflowSchema, {
    ...{ id, name, state: STATES[state], onFailure: POLICIES[onFailure], reason: reason ?? '', tasks, open },
    ...{ costMicros: BigInt(costMicros), createdAt: timestampFromMs(view.createdAt) },
    ...(view.endedAt !== null && { endedAt: timestampFromMs(view.endedAt) }),
    ...(view.deadlineAt !== null && { deadlineAt: timestampFromMs(view.deadlineAt) }),
  });
}

function nodeMessage(node: WorkflowNodeView): MessageInitShape<typeof WorkflowNodeSchema> {
  const { name, task, track, kind, state, after, parent, attempt, failure, costMicros } = node;
  return {
    ...{ name, taskId: task, agentId: track, kind, state, after, parentTaskId: parent ?? '', attempt },
    ...(failure && { failure: failureMessage(failure) }),
    costMicros: BigInt(costMicros),
  };
}
