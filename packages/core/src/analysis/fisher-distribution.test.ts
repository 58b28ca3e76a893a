import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logFisherNormaliser } from './fisher-distribution.ts';
import { logChoose } from './log-gamma.ts';
import { logSumExp } from './log-sum-exp.ts';

/** The sum written out, without any short cut. */
function plainNormaliser(n1: number, n0: number, events: number, odds: number): number {
  const logs: number[] = [];
  for (let k = Math.max(0, events - n0); k <= Math.min(n1, events); k++) {
    logs.push(logChoose(n1, k) + logChoose(n0, events - k) - logChoose(n1 + n0, events) + k * Math.log(odds));
  }
  return logSumExp(logs);
}

test('the normaliser is the generating function of the hypergeometric distribution', () => {
  const table = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), fc.nat(120));
  fc.assert(
    fc.property(table, fc.constantFrom(0.0625, 0.5, 1, 1.1, 2, 30, 1000), ([n1, n0, wanted], odds) => {
      const events = Math.min(wanted, n1 + n0);
      const batch = { candidateTrials: n1, candidateEvents: 0, stableTrials: n0, stableEvents: events };
      expect(logFisherNormaliser(batch, odds)).toBeCloseTo(plainNormaliser(n1, n0, events, odds), 9);
    }),
    { numRuns: 500 },
  );
});

test('the normaliser holds for large batches', () => {
  const batch = { candidateTrials: 50_000, candidateEvents: 300, stableTrials: 150_000, stableEvents: 700 };
  for (const odds of [0.25, 0.75, 2, 10]) {
    expect(logFisherNormaliser(batch, odds)).toBeCloseTo(plainNormaliser(50_000, 150_000, 1000, odds), 6);
  }
});
