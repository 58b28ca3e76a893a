import { isHeavierThan } from '@sluice/core/tasks/json-weight.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { type NodeOutcome, workflowInput } from '@sluice/core/tasks/workflow-input.ts';
import type { Database } from '../store/database/open-database.ts';
import { nodesToUndo, type UndoneNode } from '../store/workflows/compensate-nodes.ts';
import type { StoredRequest, WorkflowRow } from '../store/workflows/workflow-row.ts';
import { insertTasks, type PlannedNode } from './insert-tasks.ts';
import type { WorkflowPorts } from './workflow-ports.ts';

/**
 * Writes the tasks that undo what a workflow has done, the latest first, one after the other: the next one begins when the one
 * before has ended, however that went. Gives how many there are, and which may begin.
 */
export async function insertUndoing(
  db: Database,
  ports: Pick<WorkflowPorts, 'make' | 'newId'>,
  { tenant, workflow }: { readonly tenant: string; readonly workflow: WorkflowRow },
): Promise<{ readonly added: number; readonly ready: readonly string[] }> {
  const undone = await nodesToUndo(db, tenant, workflow.id);
  const planned: PlannedNode[] = [];
  for (const node of undone) {
    const before = planned.at(-1);
    planned.push({
      ...{ task: ports.newId(), kind: 'compensation', name: node.name, parent: node.task, standsFor: null },
      ...{ depth: node.depth, request: undoingRequest(node, workflow), join: 'settled' },
      after: before === undefined ? [] : [before.task],
    });
  }
  // What has ended is no matter for a deadline any more: it is undone in any case.
  const without = { id: workflow.id, deadlineAt: null };
  return {
    added: planned.length,
    ready: await insertTasks(db, ports, { tenant, workflow: without }, planned),
  };
}

/** What is known by now stands in it as it is. */
function undoingRequest({ name, request, result }: UndoneNode, { input }: WorkflowRow): StoredRequest {
  const { compensation = request } = request;
  const outcomes = new Map<string, NodeOutcome>([[name, { state: 'succeeded', result, failure: null }]]);
  const given = compensation.input === undefined ? { $result: name } : compensation.input;
  const filled = workflowInput(given, { input, outcomes });
  // What is more than a task may be given is not written down: the task ends in its place, and says why.
  const isTooLarge = isHeavierThan(filled, TASK_LIMITS.payloadBytes);
  return {
    ...compensation,
    input: isTooLarge ? null : filled,
    isLiteral: true,
    ...(isTooLarge && { isTooLarge }),
  };
}
