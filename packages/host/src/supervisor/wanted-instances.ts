import type { PoolOrder } from '@sluice/protocol/host/pool-schema.ts';

/** The numbers of the instances that a revision is to have. */
export interface WantedInstances {
  readonly run: ReadonlySet<number>;
  /** They may go on until they end by themselves. */
  readonly leave: ReadonlySet<number>;
}

/** None at all. */
export const NO_INSTANCES: WantedInstances = { run: new Set(), leave: new Set() };

/**
 * Which instances a revision has by its order and its pool. What was ordered is the least, as a release may rest on it before
 * the pool has heard of it; only a pool that sleeps has less.
 */
export function wantedInstances(ordered: number, pool: PoolOrder | undefined): WantedInstances {
  if (ordered === 0) return NO_INSTANCES;
  const leave = new Set(pool?.leave);
  const run = new Set(pool?.run);
  if (pool?.isAsleep === true) return { run, leave };
  for (let instance = 0; run.size < ordered; instance++) if (!leave.has(instance)) run.add(instance);
  return { run, leave };
}
