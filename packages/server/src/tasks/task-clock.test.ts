import { expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import type { OverdueTask } from '../store/tasks/advance-tasks.ts';
import { DEFAULT_RETRY_BUDGET, retryBudget } from './retry-budget.ts';
import { taskClock } from './task-clock.ts';
import { manualTimers } from './testing/manual-timers.ts';

const LEASE_MS = 15_000;
const SILENT: OverdueTask = {
  ...{ tenant: 'default', queue: trackId('shop', 'local', 'agent'), revision: revisionId('agent-1') },
  ...{ id: '0198a6c0-0000-7000-8000-000000000000', attempt: 1, worker: 'one', failures: 0, deadlineAt: null },
};

/** A clock over a store in which a lease has ended, that can be away, and says when it was called lost. */
function rig() {
  const timers = manualTimers();
  let asleepMs = 0;
  let isThere = true;
  const lost: number[] = [];
  const clock = taskClock({
    ...{ leaseMs: LEASE_MS, timers, chance: () => 0, due: () => undefined, log: { warn: () => undefined } },
    now: () => timers.elapsedMs() + asleepMs,
    policyOf: async () => ({
      retry: DEFAULT_RETRY_POLICY,
      prices: { inputTokens: 0, outputTokens: 0, second: 0 },
    }),
    budget: retryBudget(DEFAULT_RETRY_BUDGET),
    outcomes: { note: () => undefined },
    engine: {
      advance: async () => {
        if (!isThere) throw new Error('the store is away');
        return { due: 0, expired: 0, overdue: [SILENT] };
      },
      settle: async () => {
        lost.push(timers.elapsedMs());
        return new Set();
      },
    },
  });
  /** Turns are taken one after the other, each 250 ms. */
  const pass = async (forMs: number): Promise<void> => {
    for (let passed = 0; passed < forMs; passed += 250) {
      timers.pass(250);
      await clock.turn().catch(() => undefined);
    }
  };
  return {
    ...{ timers, lost, pass, stop: () => clock.stop() },
    away: (isAway: boolean) => {
      isThere = !isAway;
    },
    sleep: (forMs: number) => {
      asleepMs += forMs;
    },
  };
}

it('calls nothing lost before it has been there for as long as a lease lasts', async () => {
  const { lost, pass, stop } = rig();
  await pass(LEASE_MS - 250);
  expect(lost).toEqual([]);
  await pass(500);
  expect(Math.min(...lost)).toBeGreaterThanOrEqual(LEASE_MS);
  await stop();
});

it.each(['the store was away', 'the machine slept'])('waits as long again when %s', async (what) => {
  const { lost, pass, stop, away, sleep, timers } = rig();
  await pass(2 * LEASE_MS);
  expect(lost.length).toBeGreaterThan(0);
  if (what === 'the machine slept') sleep(60_000);
  else {
    away(true);
    await pass(LEASE_MS);
    away(false);
  }
  lost.length = 0;
  const back = timers.elapsedMs();
  await pass(LEASE_MS - 250);
  expect(lost).toEqual([]);
  await pass(1_000);
  expect(Math.min(...lost)).toBeGreaterThanOrEqual(back + LEASE_MS);
  await stop();
});

it('is not put off by a moment without the store', async () => {
  const { lost, pass, stop, away } = rig();
  await pass(2 * LEASE_MS);
  away(true);
  await pass(2_000);
  away(false);
  lost.length = 0;
  await pass(500);
  expect(lost.length).toBeGreaterThan(0);
  await stop();
});
