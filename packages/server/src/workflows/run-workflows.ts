/**
 * Purpose: everything that runs while workflows are taken in and followed, put together over one database.
 *
 * Owns the clock that follows them. Any number of servers may do this over the same database.
 */
import { ok } from '@sluice/core/kernel/result.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { listNodes, listWorkflows, readWorkflow } from '../store/workflows/read-workflows.ts';
import { agentMail } from './agent-mail.ts';
import { awaitChildren } from './await-children.ts';
import { cancelWorkflow } from './cancel-workflow.ts';
import { spawnTasks } from './spawn-tasks.ts';
import { submitWorkflow } from './submit-workflow.ts';
import { type WorkflowClock, workflowClock } from './workflow-clock.ts';
import type { WorkflowPorts } from './workflow-ports.ts';
import { problemOf, unknownWorkflow } from './workflow-refusals.ts';
import type { Teamwork, WorkflowRegistry } from './workflow-registry.ts';
import { workflowSpecOf, workflowSummaryOf, workflowViewOf } from './workflow-views.ts';

/** Workflows that are served. */
export interface RunningWorkflows {
  readonly registry: WorkflowRegistry;
  readonly team: Teamwork;
  /** A task has ended, of a workflow or not. */
  ended(): void;
  close(): Promise<void>;
}

/** Most tasks that a workflow is shown with: it has no more, but for what undoes them. */
const MOST_SHOWN = 20_000;

/** What workflows and their mail are served with. */
export interface RunWorkflowsPorts extends WorkflowPorts {
  /** What messages have together that nobody has acknowledged, in bytes; may be some seconds old. */
  readonly mailBytes: () => Promise<number>;
}

/** Starts to follow workflows. */
export function runWorkflows(ports: RunWorkflowsPorts, tenant: string): RunningWorkflows {
  const clock = workflowClock(ports);
  return {
    registry: registryOf(ports, tenant, clock),
    team: {
      spawn: (fence, request) => {
        clock.woken();
        return spawnTasks(ports, tenant, fence, request);
      },
      join: (fence, tasks, signal) => awaitChildren(ports, tenant, { fence, tasks }, signal),
      mail: agentMail({ ...ports, usedBytes: ports.mailBytes }, tenant),
    },
    ended: () => clock.nudge(),
    close: () => clock.stop(),
  };
}

function registryOf(ports: WorkflowPorts, tenant: string, clock: WorkflowClock): WorkflowRegistry {
  const { db } = ports;
  const shown: WorkflowRegistry['workflow'] = async (id) => {
    const row = await readWorkflow(db, tenant, id);
    if (row === null) return problemOf(unknownWorkflow(id));
    return ok(workflowViewOf(row, await listNodes(db, tenant, { workflow: id, limit: MOST_SHOWN })));
  };
  return {
    submit: async (request) => {
      clock.woken();
      const taken = await submitWorkflow(ports, tenant, workflowSpecOf(request), request.idempotencyKey);
      return taken.ok ? ok({ ...taken.value, tasks: [...taken.value.tasks] }) : problemOf(taken.refusal);
    },
    workflow: shown,
    workflows: ({ state }, { cursor, limit }) => {
      const wish = { ...(state && { state }), ...(cursor && { after: cursor }) };
      const read = (most: number) => listWorkflows(db, tenant, { ...wish, limit: most });
      return pageOf(limit, read, { item: workflowSummaryOf, cursor: ({ id }) => id });
    },
    cancel: async (id, reason) => {
      clock.woken();
      const cancelled = await cancelWorkflow(ports, tenant, id, reason);
      clock.nudge();
      return cancelled.ok ? shown(id) : problemOf(cancelled.refusal);
    },
  };
}
