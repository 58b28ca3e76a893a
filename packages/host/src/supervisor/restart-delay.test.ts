import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restartDelayMs } from './restart-delay.ts';

const LIMITS = { restartBaseMs: 250, restartCapMs: 30_000 };

test('the pause doubles with every failure up to the cap', () => {
  const delays = [1, 2, 3, 4, 7, 8, 9, 100].map((failures) => restartDelayMs(failures, LIMITS, () => 0.5));
  expect(delays).toEqual([250, 500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
});

test('chance moves the pause by at most a fifth', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, r) => {
        const middle = restartDelayMs(n, LIMITS, () => 0.5);
        const delay = restartDelayMs(n, LIMITS, () => r);
        expect(Math.abs(delay - middle)).toBeLessThanOrEqual(middle * 0.2 + 1);
      },
    ),
  );
});
