import { expect, test } from 'vitest';
import { unstorableText } from './unstorable-text.ts';

test('plain text passes, whatever its alphabet', () => {
  expect(unstorableText({ a: ['é', '漢字', '😀', 'a\tb\n'], b: { c: 1, d: null } }, '/body')).toEqual([]);
});

test('NUL and halves of surrogate pairs are found, in values and in keys', () => {
  const value = { a: ['ok', 'a\0b'], 'c/d': { e: '\ud800' }, '\udfff': 1 };
  expect(unstorableText(value, '/body').map(({ pointer }) => pointer)).toEqual([
    '/body/a/1',
    '/body/c~1d/e',
    '/body',
  ]);
});
