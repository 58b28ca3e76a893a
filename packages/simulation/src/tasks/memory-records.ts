import type { TaskRecords } from '@sluice/server/tasks/task-records.ts';
import { hasEnded } from '@sluice/core/tasks/task-state.ts';
import type { Carry } from './memory-engine.ts';
import type { MemoryTasks } from './memory-tasks.ts';

/** The simulated store for people; what no story asks for says that there is nothing. */
export const memoryRecords = (tasks: MemoryTasks, carry: Carry): TaskRecords => ({
  get: (tenant, id) => carry('get', () => tasks.get(tenant, id)),
  list: (tenant, { queue, state, limit }) =>
    carry('list', () =>
      tasks.rows
        .filter((row) => row.tenant === tenant && row.queue === queue && row.shadowOf === null)
        .filter((row) => !state || row.state === state)
        .slice(-limit)
        .toReversed(),
    ),
  cancel: (tenant, id) => carry('cancel', () => tasks.cancel(tenant, id)),
  redrive: (tenant, redrive) => carry('redrive', () => tasks.redrive(tenant, redrive)),
  queues: async () => [],
  queue: (tenant, queue) => carry('queue', () => tasks.dealt(tenant, queue)),
  count: async () => [],
  countOpen: (tenant, { queue, limit }) =>
    carry('countOpen', () =>
      Math.min(
        limit,
        tasks.rows.filter((row) => row.tenant === tenant && row.queue === queue && !hasEnded(row.state))
          .length,
      ),
    ),
});
