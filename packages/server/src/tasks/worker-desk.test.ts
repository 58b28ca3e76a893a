import { describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { FREE } from '@sluice/core/tasks/attempt-report.ts';
import type { HeldLease, TaskEnd } from '../store/tasks/settle-tasks.ts';
import type { AttemptWord } from './attempt-end.ts';
import type { AttemptOutcome } from './outcome-book.ts';
import { DEFAULT_RETRY_BUDGET, retryBudget } from './retry-budget.ts';
import { workerDesk } from './worker-desk.ts';

const NOW = 10_000;
const HELLO = {
  ...{ tenant: 'default', worker: 'one', abilities: [] },
  ...{ queue: trackId('shop', 'production', 'agent'), revision: revisionId('agent-1') },
};
const FAILED: AttemptWord = {
  ...({ kind: 'failed', failureClass: 'transient' } as const),
  ...{ message: 'it did not work', retryAfterMs: null },
};

/** A worker that has come back with one task. */
const comeBack = async (lease: Partial<HeldLease>) => {
  const ends: TaskEnd[] = [];
  const outcomes: AttemptOutcome[] = [];
  const held = { id: 'a', attempt: 3, failures: 0, session: null, deadlineAt: null, startedAt: 0, ...lease };
  const desk = workerDesk({
    dispatcher: {
      connect: () => ({
        ...{ want: () => undefined, beat: () => undefined, release: () => undefined },
        ...{ close: () => undefined, resume: async () => new Map([['a', held]]) },
      }),
      wake: () => undefined,
    },
    ends: { end: async (_tenant, end) => ends.push(end) > 0 },
    outcomes: { note: (outcome) => void outcomes.push(outcome) },
    ...{ budget: retryBudget(DEFAULT_RETRY_BUDGET), now: () => NOW, chance: () => 0 },
    policyOf: async () => ({ retry: { ...DEFAULT_RETRY_POLICY, maxFailures: 4 }, prices: FREE }),
  });
  const visit = desk.welcome(HELLO, { assign: () => undefined, revoke: () => undefined });
  await visit.resume([
    { id: 'a', attempt: 3 },
    { id: 'a', attempt: 2 },
  ]);
  return { visit, ends, outcomes };
};

describe('a worker that comes back with a task', () => {
  it('that was given back before, and has not failed, may fail as often as any other', async () => {
    const { visit, ends } = await comeBack({ failures: 0 });
    expect(await visit.end('a', 3, FAILED)).toBe(true);
    expect(ends).toMatchObject([{ state: 'scheduled', dueAt: NOW + 1_000 }]);
  });

  it('that has failed for as often as it may does not have it tried again', async () => {
    const { visit, ends } = await comeBack({ failures: 3 });
    await visit.end('a', 3, FAILED);
    expect(ends).toMatchObject([{ state: 'dead' }]);
  });

  it('is not given another attempt that would begin after the deadline', async () => {
    const { visit, ends } = await comeBack({ deadlineAt: NOW + 500 });
    await visit.end('a', 3, FAILED);
    expect(ends).toMatchObject([{ state: 'dead' }]);
  });

  it('has worked since its attempt began', async () => {
    const { visit, outcomes } = await comeBack({ startedAt: 4_000 });
    await visit.end('a', 3, { kind: 'done', result: 1 });
    expect(outcomes).toMatchObject([{ durationMs: 6_000, failureClass: null }]);
  });

  it('is not heard of an attempt that it does not have, whatever it said', async () => {
    const { visit, ends } = await comeBack({});
    expect(await visit.end('a', 2, { kind: 'done', result: 1 })).toBe(false);
    expect(ends).toEqual([]);
  });
});
