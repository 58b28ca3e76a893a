import type { TaskEngine } from '@sluice/server/tasks/task-engine.ts';
import type { MemoryTasks } from './memory-tasks.ts';

/** How a statement reaches the store and its answer comes back; either may take time or get lost. */
export type Carry = <Answer>(statement: string, run: () => Answer | Promise<Answer>) => Promise<Answer>;

/** Without a way: everything happens at once. */
export const atOnce: Carry = async (_statement, run) => run();

/** The simulated store as an engine. */
export const memoryEngine = (tasks: MemoryTasks, carry: Carry = atOnce): TaskEngine => ({
  submit: (tenant, batch) => carry('submit', () => tasks.submit(tenant, batch)),
  claim: (tenant, claim) => carry('claim', () => tasks.claim(tenant, claim)),
  settle: (tenant, ends, how) => carry('settle', () => tasks.settle(tenant, ends, how)),
  extend: (tenant, leases, leaseMs) => carry('extend', () => tasks.extend(tenant, leases, leaseMs)),
  advance: (limit) => carry('advance', () => tasks.advance(limit)),
  deal: (tenant, queue) => carry('deal', () => tasks.deal(tenant, queue)),
  dealt: (tenant, queue) => carry('dealt', () => tasks.dealt(tenant, queue)),
});
