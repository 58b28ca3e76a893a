import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { formatShare, parseShare } from './share.ts';

test.each([
  ['0%', 0],
  ['0.01%', 1],
  ['0.5%', 50],
  ['5%', 500],
  ['33.33%', 3333],
  ['100%', 10_000],
])('%s is %i basis points', (text, basisPoints) => {
  expect(parseShare(text)).toBe(basisPoints);
});

test.each(['', '5', '101%', '100.01%', '-1%', '0.001%', '5 %', '%', '1e1%'])('"%s" is no share', (text) => {
  expect(parseShare(text)).toBeUndefined();
});

test('whatever is written is read back as the same basis points', () => {
  assert(property(integer({ min: 0, max: 10_000 }), (share) => parseShare(formatShare(share)) === share));
});
