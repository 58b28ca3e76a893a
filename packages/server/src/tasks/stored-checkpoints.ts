import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type AttemptHolder, leaseLost } from '@sluice/core/tasks/attempt-holder.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import type { Database } from '../store/database/open-database.ts';
import { readCheckpoint, saveCheckpoint } from '../store/tasks/task-checkpoints.ts';

/** How far attempts have come, for those after them. */
export interface TaskCheckpoints {
  /** Refused when the lease has ended, so that an attempt that was given up changes nothing. */
  save(tenant: string, fence: AttemptHolder, value: unknown): Promise<Result<null>>;
  /** Null when nobody has saved anything of the task. */
  latest(tenant: string, task: string): Promise<{ readonly value: unknown } | null>;
}

/** Checkpoints in PostgreSQL. */
export const storedCheckpoints = (db: Database): TaskCheckpoints => ({
  save: async (tenant, fence, value) => {
    const bytes = Buffer.byteLength(JSON.stringify(value) ?? 'null');
    if (bytes > TASK_LIMITS.payloadBytes)
      return refuse(
        'invalid-checkpoint',
        `The checkpoint has ${bytes} bytes of JSON, and ${TASK_LIMITS.payloadBytes} are the most.`,
        'Upload what is large as a payload, and save its name.',
      );
    return (await saveCheckpoint(db, tenant, fence, value)) ? ok(null) : leaseLost(fence);
  },
  latest: (tenant, task) => readCheckpoint(db, tenant, task),
});
