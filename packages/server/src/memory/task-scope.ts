import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type AttemptHolder, leaseLost } from '@sluice/core/tasks/attempt-holder.ts';
import type { MemoryReach, MemoryScope } from '@sluice/core/tasks/memory-rules.ts';
import type { Database } from '../store/database/open-database.ts';
import { heldAttempt } from '../store/tasks/held-attempt.ts';

/** What a worker may use in the name of an attempt. */
export interface TaskScope {
  readonly scope: MemoryScope;
  /** False where nothing may be done that others notice. */
  readonly mayAct: boolean;
}

/** The scope of a task for whoever has it; refused when nobody of that name does, or the task belongs to no session. */
export async function taskScope(
  db: Database,
  tenant: string,
  fence: AttemptHolder,
  reach: MemoryReach,
): Promise<Result<TaskScope>> {
  const held = await heldAttempt(db, tenant, fence);
  if (held === null) return leaseLost(fence);
  const { queue, session, mayAct } = held;
  if (reach === 'tenant') return ok({ scope: { queue: '', session: '' }, mayAct });
  if (reach === 'agent') return ok({ scope: { queue, session: '' }, mayAct });
  if (session !== null) return ok({ scope: { queue, session }, mayAct });
  return refuse(
    'no-session',
    `The task ${fence.id} belongs to no session, so that there is nothing to remember for one.`,
    'Submit it with a session, or use the memory of the agent.',
  );
}
