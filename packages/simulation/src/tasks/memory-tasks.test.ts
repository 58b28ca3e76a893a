import { describeTaskEngineContract } from '@sluice/server/tasks/task-engine.contract.ts';
import { memoryEngine } from './memory-engine.ts';
import { MemoryTasks } from './memory-tasks.ts';

describeTaskEngineContract('a simulated store', async () => {
  let now = 1_000_000;
  const tasks = new MemoryTasks(() => now);
  return {
    engine: memoryEngine(tasks),
    records: {
      get: async (tenant, id) => tasks.get(tenant, id),
      cancel: async (tenant, id) => tasks.cancel(tenant, id),
      redrive: async (tenant, redrive) => tasks.redrive(tenant, redrive),
    },
    move: async (tenant, move) => tasks.move(tenant, move),
    pass: async (forMs) => {
      now += forMs;
    },
    now: () => now,
    close: async () => undefined,
  };
});
