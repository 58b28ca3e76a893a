import fc from 'fast-check';
import { expect, test } from 'vitest';
import { longestRestMs, type Pace, takeOne } from './pace.ts';

const PACE: Pace = { perSecond: 2, burst: 4 };

/** Asks at the given moments, one after another; what was allowed. */
function asked(pace: Pace, moments: readonly number[]): readonly number[] {
  let kept: number | undefined;
  return moments.filter((now) => {
    const { allowed, wholeAt } = takeOne(pace, kept, now);
    kept = wholeAt;
    return allowed;
  });
}

test('a burst is there at once, then so many a second', () => {
  expect(asked(PACE, [0, 0, 0, 0, 0, 0, 499, 500, 501, 1000, 1000])).toEqual([0, 0, 0, 0, 500, 1000]);
});

test('it says what is left, how long to wait, and when all is there again', () => {
  const first = takeOne(PACE, undefined, 10_000);
  expect(first).toEqual({ allowed: true, left: 3, waitMs: 0, restMs: 500, wholeAt: 10_500 });
  const last = takeOne(PACE, 11_500, 10_000);
  expect(last).toMatchObject({ allowed: true, left: 0, restMs: 2_000 });
  expect(takeOne(PACE, last.wholeAt, 10_100)).toEqual({
    ...{ allowed: false, left: 0, waitMs: 400, restMs: 1_900, wholeAt: 12_000 },
  });
});

test('a clock that is put back makes nobody wait longer than a burst takes', () => {
  const { wholeAt } = takeOne(PACE, undefined, 1_000_000);
  expect(takeOne(PACE, wholeAt, 0).waitMs).toBeLessThanOrEqual(longestRestMs(PACE));
});

const pace = fc.record({
  perSecond: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 10_000 }),
});
const waits = fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 200 });

test('whenever somebody asks, no stretch of time allows more than its burst and its pace', () => {
  fc.assert(
    fc.property(pace, waits, ({ perSecond, burst }, steps) => {
      const moments = steps.map(
        (
          (at) => (step: number) =>
            (at += step)
        )(1_800_000_000_000),
      );
      const allowed = asked({ perSecond, burst }, moments);
      const from = allowed[0] ?? 0;
      allowed.forEach((at, index) =>
        expect(index + 1).toBeLessThanOrEqual(burst + ((at - from) / 1000) * perSecond + 0.01),
      );
    }),
  );
});

test('whoever waits as long as they are told is allowed', () => {
  fc.assert(
    fc.property(pace, fc.nat({ max: 1e9 }), (wanted, ahead) => {
      const now = 1_800_000_000_000;
      const refused = takeOne(wanted, now + ahead, now);
      expect(takeOne(wanted, refused.wholeAt, now + Math.ceil(refused.waitMs)).allowed).toBe(true);
    }),
  );
});
