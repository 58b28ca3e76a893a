import { expect, test } from 'vitest';
import {
  HISTORY_MULTIPLES,
  SLO_MULTIPLES,
  guardBets,
  isVetoed,
  logGuardEvidence,
  upperRateLimit,
} from './guard-evidence.ts';

test('the expected evidence of one request at the limit is 1, and below it less', () => {
  for (const multiples of [SLO_MULTIPLES, HISTORY_MULTIPLES]) {
    for (const limit of [0.0001, 0.01, 0.3, 0.95]) {
      const bets = guardBets(limit, multiples);
      const expected = (rate: number): number =>
        rate * Math.exp(logGuardEvidence(bets, { trials: 1, events: 1 }, 1)) +
        (1 - rate) * Math.exp(logGuardEvidence(bets, { trials: 1, events: 0 }, 1));
      expect(expected(limit)).toBeCloseTo(1, 10);
      expect(expected(limit / 2)).toBeLessThan(1);
      expect(expected(Math.min(1, limit * 2))).toBeGreaterThan(1);
    }
  }
});

test('no trials and no bets are no evidence', () => {
  expect(logGuardEvidence(guardBets(0.01, SLO_MULTIPLES), { trials: 0, events: 0 }, 1)).toBe(0);
  expect(logGuardEvidence([], { trials: 9, events: 9 }, 1)).toBe(0);
});

test("the upper limit is Garwood's", () => {
  // Exact limits: half the 99 % quantile of chi square with 2 (k + 1) degrees of freedom.
  for (const [events, exact] of [
    [0, 4.60517],
    [1, 6.63835],
    [10, 20.14468],
    [86, 110.34],
  ] as const) {
    expect((upperRateLimit({ trials: 1e6, events }, 1) ?? 0) * 1e6).toBeCloseTo(exact, events > 20 ? 0 : 1);
  }
  expect(upperRateLimit({ trials: 0, events: 0 }, 1)).toBeNull();
  expect(upperRateLimit({ trials: 3, events: 3 }, 1)).toBe(1);
});

test('clumps make the limit of the history higher', () => {
  const history = { trials: 100_000, events: 100 };
  expect(upperRateLimit(history, 5) ?? 0).toBeGreaterThan(upperRateLimit(history, 1) ?? 1);
});

test('stable vetoes the guards only when it is clearly worse than the limit', () => {
  expect(isVetoed({ trials: 1000, events: 12 }, 0.01, 1)).toBe(false);
  expect(isVetoed({ trials: 1000, events: 30 }, 0.01, 1)).toBe(true);
  expect(isVetoed({ trials: 1000, events: 30 }, 0.01, 10)).toBe(false);
  expect(isVetoed({ trials: 0, events: 0 }, 0.01, 1)).toBe(false);
});
