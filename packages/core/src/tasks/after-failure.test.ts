import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { afterFailure, DEFAULT_RETRY_POLICY, type FailedTask } from './after-failure.ts';
import { FAILURE_CLASSES, RETRIED_BY_DEFAULT } from './failure-class.ts';

const failed = (more: Partial<FailedTask> = {}): FailedTask => ({
  failureClass: 'transient',
  failures: 1,
  now: 1_000_000,
  deadlineAt: null,
  retryAfterMs: null,
  place: 0,
  hasBudget: true,
  ...more,
});
const after = (more: Partial<FailedTask>) => afterFailure(DEFAULT_RETRY_POLICY, failed(more));

test.each([
  ['pauses a second after the first failure', {}, 1_001_000],
  ['twice as long after the next', { failures: 2 }, 1_002_000],
  ['half as long where chance says so', { failures: 2, place: 1 }, 1_001_000],
  ['as long as whoever refused it asked for', { retryAfterMs: 30_000 }, 1_030_000],
])('%s', (_, more, dueAt) => {
  expect(after(more)).toEqual({ state: 'scheduled', dueAt });
});

test.each([
  ['a task that is wrong', { failureClass: 'input' }, 'class'],
  ['one that failed too often', { failures: 4 }, 'failures'],
  ['one that would come too late', { deadlineAt: 1_001_000 }, 'deadline'],
  ['one beyond the retry budget', { hasBudget: false }, 'budget'],
] as const)('%s is not tried again', (_, more, reason) => {
  expect(after(more)).toEqual({ state: 'dead', reason });
});

it('never pauses longer than the longest pause, nor past the deadline', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1_000_001, max: 2_000_000 }),
      (failures, place, deadlineAt) => {
        const policy = { ...DEFAULT_RETRY_POLICY, maxFailures: 100 };
        const next = afterFailure(policy, failed({ failures, place, deadlineAt }));
        if (next.state === 'dead') expect(next.reason).toBe('deadline');
        else expect(next.dueAt).toBeLessThan(Math.min(deadlineAt, 1_060_001));
      },
    ),
  );
});

it('tries again whatever is not the fault of the task itself or forbidden', () => {
  expect(FAILURE_CLASSES.filter((one) => !RETRIED_BY_DEFAULT.includes(one))).toEqual(['input', 'refused']);
});
