import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import { logFisherNormaliser } from './fisher-distribution.ts';
import { logChoose } from './log-gamma.ts';
import { logMeanExp } from './log-sum-exp.ts';
import { RATIO_BETS, addRatioBatch, freshBets } from './ratio-evidence.ts';

const batchOf = (n1: number, k1: number, n0: number, k0: number): Batch => ({
  candidateTrials: n1,
  candidateEvents: k1,
  stableTrials: n0,
  stableEvents: k0,
});

function betsAfter(batches: readonly Batch[], margin = 1, dispersion = 1): readonly number[] {
  const bets = freshBets();
  for (const batch of batches) addRatioBatch(bets, batch, margin, dispersion);
  return bets;
}

const tables = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.nat(80))
  .map(([n1, n0, events]) => ({ n1, n0, events: Math.min(events, n1 + n0) }));

test('without events the evidence stays 1', () => {
  expect(betsAfter([batchOf(5, 0, 9, 0), batchOf(1000, 0, 1, 0)])).toEqual(freshBets());
});

test('every bet is paid at most what it is worth: the bound is never below the exact normaliser', () => {
  fc.assert(
    fc.property(tables, fc.constantFrom(1, 1.1, 1.25, 1.5, 3), ({ n1, n0, events }, margin) => {
      const lowest = Math.max(0, events - n0);
      const batch = batchOf(n1, lowest, n0, events - lowest);
      const bets = betsAfter([batch], margin);
      RATIO_BETS.forEach((odds, i) => {
        const exact = logFisherNormaliser(batch, odds * margin) - logFisherNormaliser(batch, margin);
        const charged = lowest * Math.log(odds) - (bets[i] ?? 0);
        expect(charged).toBeGreaterThanOrEqual(exact - 1e-9);
      });
    }),
    { numRuns: 2000 },
  );
});

test('the expected evidence after a batch is at most 1 for any ratio up to the margin', () => {
  fc.assert(
    fc.property(
      tables,
      fc.constantFrom(1, 1.1, 1.5),
      fc.constantFrom(0.5, 0.9, 1),
      fc.constantFrom(1, 3),
      ({ n1, n0, events }, margin, part, dispersion) => {
        const odds = margin * part;
        const whole = logFisherNormaliser(batchOf(n1, 0, n0, events), odds);
        let expected = 0;
        for (let k = Math.max(0, events - n0); k <= Math.min(n1, events); k++) {
          const log = logChoose(n1, k) + logChoose(n0, events - k) - logChoose(n1 + n0, events);
          const bets = betsAfter([batchOf(n1, k, n0, events - k)], margin, dispersion);
          expected += Math.exp(log + k * Math.log(odds) - whole + logMeanExp(bets));
        }
        expect(expected).toBeLessThanOrEqual(1 + 1e-9);
      },
    ),
    { numRuns: 400 },
  );
});

test('evidence falls with each extra error of stable and rises with each extra error of the candidate', () => {
  fc.assert(
    fc.property(tables, fc.nat(40), ({ n1, n0 }, wanted) => {
      const k1 = Math.min(wanted, n1 - 1);
      const k0 = Math.min(Math.floor(wanted / 2), n0 - 1);
      const before = logMeanExp(betsAfter([batchOf(n1, k1, n0, k0)]));
      expect(logMeanExp(betsAfter([batchOf(n1, k1, n0, k0 + 1)]))).toBeLessThanOrEqual(before + 1e-9);
      const exact = (k: number): number =>
        logMeanExp(
          RATIO_BETS.map((odds) => k * Math.log(odds) - logFisherNormaliser(batchOf(n1, k, n0, k0), odds)),
        );
      expect(exact(k1 + 1)).toBeGreaterThanOrEqual(exact(k1) - 1e-9);
    }),
    { numRuns: 2000 },
  );
});

test('dispersion divides counts, and evidence adds up over batches', () => {
  const batch = batchOf(30, 4, 90, 1);
  const [one, three, twice] = [betsAfter([batch]), betsAfter([batch], 1, 3), betsAfter([batch, batch])];
  one.forEach((log, i) => {
    expect(three[i]).toBeCloseTo(log / 3, 12);
    expect(twice[i]).toBeCloseTo(log * 2, 12);
  });
});
