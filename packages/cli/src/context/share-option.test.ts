import { expect, test } from 'vitest';
import { readShare } from './share-option.ts';

test.each([
  ['25', 2500],
  ['25%', 2500],
  [' 0.5 ', 50],
  ['100', 10_000],
])('%s is %i basis points', (text, basisPoints) => {
  expect(readShare(text, '--canary-weight')).toEqual({ ok: true, value: basisPoints });
});

test.each(['0', '101', '-5', 'much', '0.001', ''])('%j is refused with where it was given', (text) => {
  expect(readShare(text, 'CANARY_WEIGHT')).toMatchObject({
    ok: false,
    refused: { exitCode: 2, detail: expect.stringContaining('CANARY_WEIGHT') },
  });
});
