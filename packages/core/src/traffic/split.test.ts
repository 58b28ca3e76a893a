import { expect, test } from 'vitest';
import { revisionId } from '../kernel/ids.ts';
import { EMPTY_SPLIT, mayReach, shareOf, splitFault, type Split, wholeTo } from './split.ts';

const [a, b, c] = [revisionId('web-a'), revisionId('web-b'), revisionId('web-c')];
const split = (...shares: readonly (readonly [typeof a, number])[]): Split => ({
  ...EMPTY_SPLIT,
  weights: shares.map(([revision, basisPoints]) => ({ revision, basisPoints })),
});

test('a whole split and an empty one are without fault', () => {
  expect(splitFault(wholeTo(a))).toBeUndefined();
  expect(splitFault(EMPTY_SPLIT)).toBeUndefined();
  expect(splitFault(split([a, 3333], [b, 6667]))).toBeUndefined();
});

test.each([
  ['weights that do not sum to the whole', split([a, 5000], [b, 4999]), 'weights sum to 9999, not 10000'],
  ['half a basis point', split([a, 0.5], [b, 9999.5]), 'not a whole number'],
  ['a negative weight', split([a, -1], [b, 10_001]), 'not a whole number'],
  ['the same revision twice', split([a, 5000], [a, 5000]), 'stands twice'],
])('%s is a fault', (_, faulty, words) => {
  expect(splitFault(faulty)).toContain(words);
});

test('a revision is reached by weight, by match and by mirror, and by nothing else', () => {
  expect(mayReach(wholeTo(a), a)).toBe(true);
  expect(mayReach(wholeTo(a), b)).toBe(false);
  expect(mayReach({ ...wholeTo(a), matches: [{ conditions: [], revision: b }] }, b)).toBe(true);
  expect(mayReach({ ...wholeTo(a), mirror: { revision: c, basisPoints: 100 } }, c)).toBe(true);
  expect(mayReach(split([a, 10_000], [b, 0]), b)).toBe(false);
  expect(mayReach(EMPTY_SPLIT, a)).toBe(false);
});

test('the share of a revision without a weight is 0', () => {
  expect(shareOf(split([a, 2500], [b, 7500]), b)).toBe(7500);
  expect(shareOf(wholeTo(a), b)).toBe(0);
});
