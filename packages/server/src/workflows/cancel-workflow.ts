import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { nextWorkflow } from '@sluice/core/tasks/workflow-state.ts';
import { stopNodes } from '../store/workflows/stop-nodes.ts';
import { changeWorkflow, lockWorkflow } from '../store/workflows/write-workflows.ts';
import { onceMore } from './once-more.ts';
import { noEffects, tellEffects, type WorkflowPorts } from './workflow-ports.ts';
import { notCancellable, unknownWorkflow } from './workflow-refusals.ts';

/**
 * Cancels what is open of a workflow; workers that have some of it are told to stop. It has ended when these ends have been
 * followed, and what had succeeded has been undone where the workflow asked for that.
 */
export async function cancelWorkflow(
  ports: WorkflowPorts,
  tenant: string,
  id: string,
  reason: string,
): Promise<Result<null>> {
  const effects = noEffects();
  const cancelling = () =>
    ports.db.transaction().execute(async (db): Promise<Result<null>> => {
      const workflow = await lockWorkflow(db, tenant, id);
      if (workflow === null) return { ok: false, refusal: unknownWorkflow(id) };
      if (workflow.state !== 'running') return { ok: false, refusal: notCancellable(id, workflow.state) };
      const stopped = await stopNodes(db, tenant, { workflow: id }, reason);
      for (const { id: task, wasRunning } of stopped) if (wasRunning) effects.revoked.add(task);
      const step = nextWorkflow({ ...workflow, hasToUndo: false }, 'cancelled');
      const count = { opened: 0, added: 0, costMicros: 0, hasEnded: false };
      await changeWorkflow(db, tenant, id, { ...step, reason, ...count });
      return ok(null);
    });
  const result = await onceMore(cancelling);
  tellEffects(ports, tenant, effects);
  return result;
}
