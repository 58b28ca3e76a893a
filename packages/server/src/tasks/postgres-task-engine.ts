import type { Database } from '../store/database/open-database.ts';
import { advanceTasks, overdueTasks } from '../store/tasks/advance-tasks.ts';
import { advanceLine, claimTasks, type LeasedTask } from '../store/tasks/claim-tasks.ts';
import { extendLeases, settleTasks } from '../store/tasks/settle-tasks.ts';
import { submitTasks } from '../store/tasks/submit-tasks.ts';
import { moveStrays } from '../store/tasks/move-tasks.ts';
import { putTaskSplit, taskQueue } from '../store/tasks/task-queues.ts';
import { latestFew } from './latest-few.ts';
import { servedBy } from './served-by.ts';
import type { TaskEngine } from './task-engine.ts';

/** How often a line's place in virtual time is written down at most, in ms: from there whoever comes anew begins. */
const LINE_EVERY_MS = 100;
/** Lines that are remembered; of another one the place is written down once more. */
const MOST_LINES = 10_000;

/** Tasks in PostgreSQL. */
export function postgresTaskEngine(db: Database): TaskEngine {
  const lines = latestFew<{ writtenAt: number; served: number }>(MOST_LINES);

  /** Seldom and late is good enough, and a line that nobody claims from stands still. */
  const noteServed = async (tenant: string, task: LeasedTask): Promise<void> => {
    const key = JSON.stringify([tenant, task.queue, task.revision, task.lane]);
    const known = lines.get(key) ?? { writtenAt: -Infinity, served: 0 };
    lines.set(key, known);
    if (task.tag <= known.served) return;
    known.served = task.tag;
    const at = performance.now();
    if (at - known.writtenAt < LINE_EVERY_MS) return;
    known.writtenAt = at;
    await advanceLine(db, tenant, task);
  };

  return {
    submit: (tenant, batch) => submitTasks(db, tenant, batch),
    claim: async (tenant, claim) => {
      const leased = await claimTasks(db, tenant, claim);
      const lasts = new Map(leased.map((task) => [task.lane, task]));
      for (const last of lasts.values()) await noteServed(tenant, last);
      return leased;
    },
    settle: (tenant, ends, how) => settleTasks(db, tenant, ends, how),
    extend: (tenant, leases, leaseMs) => extendLeases(db, tenant, leases, leaseMs),
    advance: async (limit) => {
      const advanced = await advanceTasks(db, limit);
      const moved = await moveStrays(db, limit);
      return { ...advanced, due: advanced.due + moved, overdue: await overdueTasks(db, limit) };
    },
    deal: (tenant, queue) => putTaskSplit(db, tenant, { ...queue, ...servedBy(queue.split) }),
    dealt: (tenant, queue) => taskQueue(db, tenant, queue),
  };
}
