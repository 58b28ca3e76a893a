import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import {
  FRESH_SHARE_EVIDENCE,
  addShareCounts,
  isShareMismatch,
  logMultinomialEvidence,
  logShareEvidence,
  realisedShare,
} from './share-mismatch.ts';

test('the evidence agrees with savvi', () => {
  expect(Math.exp(-logMultinomialEvidence([40, 129, 233], [0.1, 0.4, 0.5]))).toBeCloseTo(0.048455911, 8);
  expect(Math.exp(-logMultinomialEvidence([148, 62], [0.8, 0.2]))).toBeCloseTo(0.045579632, 8);
});

test('a router that sends 30 % where 25 % were ordered is noticed, and an honest one is not', () => {
  for (const [realised, expected] of [
    [0.3, true],
    [0.25, false],
  ] as const) {
    const random = seededRandom(7);
    let evidence = FRESH_SHARE_EVIDENCE;
    for (let i = 0; i < 5000; i++) {
      const candidate = random() < realised ? 1 : 0;
      evidence = addShareCounts(evidence, { candidate, stable: 1 - candidate, shareBasisPoints: 2500 });
    }
    expect(isShareMismatch(evidence)).toBe(expected);
    expect(realisedShare(evidence)).toBeCloseTo(realised, 1);
  }
});

test('a step of the split keeps the evidence and starts counting anew', () => {
  const before = addShareCounts(FRESH_SHARE_EVIDENCE, { candidate: 60, stable: 40, shareBasisPoints: 2500 });
  const after = addShareCounts(before, { candidate: 50, stable: 50, shareBasisPoints: 5000 });
  expect(after.candidateRequests).toBe(50);
  expect(after.carriedLogOdds).toBeCloseTo(logShareEvidence(before), 12);
});

test('with all or nothing for the candidate there is nothing to contradict', () => {
  const all = addShareCounts(FRESH_SHARE_EVIDENCE, { candidate: 10, stable: 5, shareBasisPoints: 10_000 });
  expect(logShareEvidence(all)).toBe(0);
  expect(realisedShare(FRESH_SHARE_EVIDENCE)).toBeNull();
});
