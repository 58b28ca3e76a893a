import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { PoolInput } from '../language/pool-language.ts';
import { defaultMs } from './default-value.ts';

/** How many workers there are to be, and where workers of a cluster find the control plane; nothing where nothing is said. */
export function resolvePool(
  { pool, server }: { readonly pool?: PoolInput | undefined; readonly server?: string | undefined },
  instances: number,
): Pick<AgentsSpec, 'pool' | 'server'> {
  const byDefault = DEFAULTS.agents.pool;
  return {
    ...(server && { server }),
    ...(pool && {
      pool: {
        mostWorkers: Math.max(instances, pool.max ?? instances),
        tasksPerWorker: pool.tasks ?? byDefault.tasks,
        targetWaitMs: pool.wait ?? defaultMs(byDefault.wait),
        keepMs: pool.keep ?? defaultMs(byDefault.keep),
        sleepAfterMs: pool.sleep ?? null,
        spareWorkers: pool.warm ?? byDefault.warm,
        recycle: {
          tasks: pool.recycle?.tasks ?? 0,
          ageMs: pool.recycle?.age ?? 0,
          memoryBytes: pool.recycle?.memory ?? 0,
        },
        isForeseeing: (pool.forecast ?? byDefault.forecast) === 'on',
        scaler: pool.scaler ?? byDefault.scaler,
      },
    }),
  };
}
