import { expect, test } from 'vitest';
import { nextAttemptAt } from './next-attempt.ts';

const DAY = 86_400_000;
const after = (attempts: number, random: number, retryAfterMs: number | null = null) =>
  nextAttemptAt({ attempts, now: 0, expiresAt: DAY, retryAfterMs }, random);

test('rests double up to an hour, spread by a quarter', () => {
  expect([1, 2, 3, 4].map((attempts) => after(attempts, 0.5))).toEqual([5_000, 10_000, 20_000, 40_000]);
  expect([after(1, 0), after(1, 0.9999)]).toEqual([3_750, 6_250]);
  expect(after(40, 0.5)).toBe(3_600_000);
});

test('a receiver is not asked before it wants', () => {
  expect(after(1, 0.5, 60_000)).toBe(60_000);
  expect(after(5, 0.5, 1)).toBe(80_000);
});

test('there is an end', () => {
  expect(nextAttemptAt({ attempts: 9, now: DAY - 1_000, expiresAt: DAY, retryAfterMs: null }, 0)).toBeNull();
  let now = 0;
  let attempts = 0;
  for (let next: number | null = 0; next !== null; attempts++) {
    now = next;
    next = nextAttemptAt({ attempts: attempts + 1, now, expiresAt: DAY, retryAfterMs: null }, 0.5);
  }
  expect(attempts).toBeGreaterThan(25);
  expect(attempts).toBeLessThan(40);
});
