import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assessBudget, budgetGate, budgetSpans, type CountedRequests } from './error-budget.ts';

const RULE = { objective: 0.999, windowMs: 30 * 86_400_000 };
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Counts of a service with 100 requests a second whose share of failures is a function of the time ago. */
function countsOf(failing: (agoMs: number) => number, perMinute = 6000): Map<number, CountedRequests> {
  const counts = new Map<number, CountedRequests>();
  for (const spanMs of budgetSpans(RULE)) {
    let [requests, errors] = [0, 0];
    for (let ago = 0; ago < spanMs; ago += MINUTE_MS) {
      requests += perMinute;
      errors += perMinute * failing(ago);
    }
    counts.set(spanMs, { requests, errors: Math.round(errors) });
  }
  return counts;
}

const assess = (failing: (agoMs: number) => number, perMinute?: number) =>
  assessBudget(RULE, countsOf(failing, perMinute));

describe('an error budget', () => {
  test('has for thirty days the burn rates of the workbook', () => {
    const { burns } = assess(() => 0);
    expect(burns.map(({ longMs, shortMs, limit }) => [longMs / HOUR_MS, shortMs / MINUTE_MS, limit])).toEqual(
      [
        [1, 5, expect.closeTo(14.4)],
        [6, 30, expect.closeTo(6)],
        [72, 360, expect.closeTo(1)],
      ],
    );
  });

  test('is whole where nothing failed, and where nobody asked', () => {
    expect(assess(() => 0)).toMatchObject({ left: 1, isClosed: false });
    expect(assessBudget(RULE, new Map())).toMatchObject({ left: 1, isClosed: false });
    expect(assess(() => 0).words).toBe('100 % of the error budget of 99.9 % is left');
  });

  test('closes while it burns fast, by one hour or by six, and opens soon after it does not', () => {
    expect(assess((ago) => (ago < HOUR_MS ? 0.02 : 0))).toMatchObject({ isClosed: true });
    expect(assess((ago) => (ago < 6 * HOUR_MS ? 0.0065 : 0))).toMatchObject({ isClosed: true });
    // Ten minutes after the end the hour still shows it, and the last five minutes do not.
    expect(assess((ago) => (ago > 10 * MINUTE_MS && ago < HOUR_MS ? 0.02 : 0)).burns[0]).toMatchObject({
      isOn: false,
    });
  });

  test('does not close for a slow burn, which is told', () => {
    const slow = assess((ago) => (ago < 72 * HOUR_MS ? 0.0015 : 0));
    expect(slow).toMatchObject({ isClosed: false });
    expect(slow.words).toBe(
      '85 % of the error budget of 99.9 % is left, and it goes 1.5 times as fast as it may',
    );
  });

  test('closes when it is used up, however slowly', () => {
    const gone = assess(() => 0.00101);
    expect(gone).toMatchObject({ isGone: true, isClosed: true });
    expect(budgetGate(gone)).toMatchObject({ isOpen: false, kind: 'error-budget', holds: 'everything' });
    expect(gone.left).toBeLessThan(0);
  });

  test('is not closed by a few failures where there are few requests', () => {
    // Two requests a minute, of which three failed in the last hour: a rate of 25, and chance.
    const few = assessBudget(
      RULE,
      new Map(budgetSpans(RULE).map((spanMs) => [spanMs, { requests: (spanMs / MINUTE_MS) * 2, errors: 3 }])),
    );
    expect(few.burns[0]?.longRate).toBeGreaterThan(14.4);
    expect(few.isClosed).toBe(false);
  });

  test('never closes for fewer failures than before', () => {
    const errors = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(errors, errors, (some, more) => {
        const counts = (extra: boolean) =>
          new Map(
            budgetSpans(RULE).map((spanMs, index) => [
              spanMs,
              { requests: 100_000, errors: (some[index] ?? 0) + (extra ? (more[index] ?? 0) : 0) },
            ]),
          );
        const [less, all] = [assessBudget(RULE, counts(false)), assessBudget(RULE, counts(true))];
        return !less.isClosed || all.isClosed;
      }),
    );
  });
});
