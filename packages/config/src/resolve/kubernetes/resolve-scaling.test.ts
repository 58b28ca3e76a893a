import type { PoolSpec } from '@sluice/core/tasks/pool-spec.ts';
import { expect, it } from 'vitest';
import { poolAutoscaling } from './resolve-scaling.ts';

const POOL: PoolSpec = {
  ...{ mostWorkers: 30, tasksPerWorker: 1, targetWaitMs: 10_000, keepMs: 60_000, sleepAfterMs: null },
  ...{ spareWorkers: 0, isForeseeing: false, scaler: 'hpa' },
  recycle: { tasks: 0, ageMs: 0, memoryBytes: 0 },
};

it('lets an autoscaler follow a pool in one move, up and down', () => {
  const atOnce = { stabilizationMs: 0, policies: [{ type: 'Pods', value: 30, periodMs: 15_000 }] };
  expect(poolAutoscaling(POOL, 1)).toMatchObject({ scaleUp: atOnce, scaleDown: atOnce });
});

it('makes none for a pool that is as large at all times', () => {
  expect(poolAutoscaling(POOL, 30)).toBeNull();
  expect(poolAutoscaling({ ...POOL, sleepAfterMs: 60_000 }, 30)).not.toBeNull();
});
