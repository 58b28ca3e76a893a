import { setTimeout as delay } from 'node:timers/promises';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { LeaseFence } from '../store/tasks/settle-tasks.ts';
import { heldTask } from '../store/workflows/held-task.ts';
import { type ChildEnd, listChildren, readChildEnds } from '../store/workflows/read-workflows.ts';
import type { WorkflowPorts } from './workflow-ports.ts';
import { leaseLost, unknownChild } from './workflow-refusals.ts';

/** How often is looked for ends, in ms; they may be followed on any server. */
const EVERY_MS = 100;
/** Ends that are read at once: each may carry 256 KiB. */
const BATCH = 20;

/** Tells how the given tasks of a parent end, each once, as they do; it is over when all have, or the signal aborts. */
export async function awaitChildren(
  { db }: Pick<WorkflowPorts, 'db'>,
  tenant: string,
  { fence, tasks }: { readonly fence: LeaseFence; readonly tasks: readonly string[] },
  signal: AbortSignal,
): Promise<Result<AsyncIterable<ChildEnd>>> {
  if ((await heldTask(db, tenant, fence)) === null) return { ok: false, refusal: leaseLost(fence.id) };
  const children = new Set((await listChildren(db, tenant, fence.id)).map(({ task }) => task));
  const stranger = tasks.find((task) => !children.has(task));
  if (stranger !== undefined) return { ok: false, refusal: unknownChild(fence.id, stranger) };
  const read = (left: readonly string[]): Promise<readonly ChildEnd[]> =>
    readChildEnds(db, tenant, { parent: fence.id, tasks: left, limit: BATCH });
  return ok(endsOf(new Set(tasks), read, signal));
}

async function* endsOf(
  left: Set<string>,
  read: (left: readonly string[]) => Promise<readonly ChildEnd[]>,
  signal: AbortSignal,
): AsyncGenerator<ChildEnd> {
  while (left.size > 0 && !signal.aborted) {
    const ends = await read([...left]);
    for (const end of ends) {
      left.delete(end.task);
      yield end;
    }
    if (ends.length === 0) await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
