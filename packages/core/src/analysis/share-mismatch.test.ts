import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import {
  type ShareEvidence,
  FRESH_SHARE_EVIDENCE,
  SETTLING_TICKS,
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

/** The evidence after the ticks of a router that realises a share, one request each, on top of what there was. */
function served(
  realised: number,
  shareBasisPoints: number,
  { ticks = 5000, before = FRESH_SHARE_EVIDENCE } = {},
): ShareEvidence {
  const random = seededRandom(7);
  let evidence = before;
  for (let i = 0; i < ticks; i++) {
    const candidate = random() < realised ? 1 : 0;
    evidence = addShareCounts(evidence, { candidate, stable: 1 - candidate, shareBasisPoints });
  }
  return evidence;
}

test('a router that sends 30 % where 25 % were ordered is noticed, and an honest one is not', () => {
  for (const [realised, expected] of [
    [0.3, true],
    [0.25, false],
  ] as const) {
    const evidence = served(realised, 2500);
    expect(isShareMismatch(evidence)).toBe(expected);
    expect(realisedShare(evidence)).toBeCloseTo(realised, 1);
  }
});

test('what was counted before a new split was in force is not held against it', () => {
  const late: ShareEvidence = Array.from({ length: SETTLING_TICKS }).reduce<ShareEvidence>(
    (evidence) => addShareCounts(evidence, { candidate: 50, stable: 950, shareBasisPoints: 5000 }),
    served(0.05, 500),
  );
  expect(realisedShare(late)).toBeNull();
  const settled = served(0.5, 5000, { before: late });
  expect(isShareMismatch(settled)).toBe(false);
  expect(realisedShare(settled)).toBeCloseTo(0.5, 1);
});

test('a new split is not suspected for what the one before was, and what is wrong with it is noticed', () => {
  const wrong = served(0.3, 2500);
  const healed = served(0.5, 5000, { before: wrong });
  expect(isShareMismatch(healed)).toBe(false);
  expect(isShareMismatch(served(0.4, 5000, { before: healed }))).toBe(true);
});

test('with all or nothing for the candidate there is nothing to contradict', () => {
  for (const shareBasisPoints of [0, 10_000]) expect(logShareEvidence(served(0.3, shareBasisPoints))).toBe(0);
  expect(realisedShare(served(0.3, 0))).toBeNull();
});
