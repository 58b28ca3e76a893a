import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  holdsBack,
  limitsKeys,
  limitsOfKey,
  mostTokens,
  NO_LIMITS,
  type Rate,
  roomWithin,
  tokensNow,
} from './rate-limits.ts';

const unlimited = { running: null, rate: null };

it('has no end where nothing limits it, and is never below nothing', () => {
  const bucket = undefined;
  expect(roomWithin(unlimited, { running: 5, bucket })).toBeNull();
  expect(roomWithin({ ...unlimited, running: 3 }, { running: 1, bucket })).toBe(2);
  expect(roomWithin({ ...unlimited, running: 3 }, { running: 5, bucket })).toBe(0);
  const rate = { tasks: 10, perMs: 1_000 };
  expect(roomWithin({ running: 3, rate }, { running: 1, bucket: { tokens: 1, ageMs: 0 } })).toBe(1);
});

it('fills a bucket by the time that has passed, up to a second of it, and one at least', () => {
  const rate: Rate = { tasks: 90, perMs: 60_000 };
  expect([mostTokens(rate), mostTokens({ tasks: 1, perMs: 3_600_000 })]).toEqual([1.5, 1]);
  expect(tokensNow(rate, undefined)).toBe(1.5);
  expect(tokensNow(rate, { tokens: 0, ageMs: 500 })).toBeCloseTo(0.75);
  expect(tokensNow(rate, { tokens: 1, ageMs: 60_000 })).toBe(1.5);
  expect(tokensNow(rate, { tokens: 1, ageMs: -50 })).toBe(1);
});

it('lets never more begin in any time than the rate and a second of it', () => {
  fc.assert(
    fc.property(
      fc.record({ tasks: fc.integer({ min: 1, max: 100 }), perMs: fc.integer({ min: 1_000, max: 60_000 }) }),
      fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 2, maxLength: 60 }),
      (rate, pauses) => {
        let [now, tokens, at] = [0, mostTokens(rate), 0];
        const begun: { readonly at: number; readonly many: number }[] = [];
        for (const pause of pauses) {
          now += pause;
          const bucket = { tokens, ageMs: now - at };
          const many = roomWithin({ running: null, rate }, { running: 0, bucket }) ?? 0;
          begun.push({ at: now, many });
          [tokens, at] = [tokensNow(rate, bucket) - many, now];
        }
        for (const [first, from] of begun.entries()) {
          let sum = 0;
          for (const to of begun.slice(first)) {
            sum += to.many;
            expect(sum).toBeLessThanOrEqual(
              ((to.at - from.at) * rate.tasks) / rate.perMs + mostTokens(rate) + 1e-3,
            );
          }
        }
      },
    ),
  );
});

it('holds for keys by their names, and knows what it limits', () => {
  const five = { ...NO_LIMITS.eachKey, running: 5 };
  const limits = { ...NO_LIMITS, keys: { acme: five } };
  expect([limitsOfKey(limits, 'acme'), limitsOfKey(limits, 'toString')]).toEqual([five, NO_LIMITS.eachKey]);
  expect([limitsKeys(NO_LIMITS), limitsKeys(limits), holdsBack(NO_LIMITS), holdsBack(limits)]).toEqual([
    ...[false, true, false, true],
  ]);
  const waiting = { ...NO_LIMITS, eachKey: { ...NO_LIMITS.eachKey, waiting: 9 } };
  expect([limitsKeys(waiting), holdsBack(waiting)]).toEqual([true, false]);
});
