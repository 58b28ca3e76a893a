import { describeLimitedLinesContract } from '@sluice/server/tasks/limited-claims.contract.ts';
import { atOnce, memoryEngine } from './memory-engine.ts';
import { memoryLines } from './memory-lines.ts';
import { MemoryTasks } from './memory-tasks.ts';

describeLimitedLinesContract('a simulated store', async () => {
  let now = 1_000_000;
  const tasks = new MemoryTasks(() => now);
  return {
    engine: memoryEngine(tasks),
    lines: memoryLines(tasks, atOnce),
    pass: async (forMs) => {
      now += forMs;
    },
    now: () => now,
    close: async () => undefined,
  };
});
