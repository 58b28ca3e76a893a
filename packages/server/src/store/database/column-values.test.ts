import { expect, it } from 'vitest';
import { parseInteger } from './column-parsers.ts';
import { storedJson, storedText } from './column-values.ts';

it('replaces what jsonb refuses and leaves everything else as it was', () => {
  const odd = { 'key\0': ['zero \0', 'half \ud83d', 'half \ude00', 'whole 😀', 'backslash \\u0000', '\\\0'] };
  expect(JSON.parse(storedJson(odd))).toEqual({
    'key\ufffd': ['zero \ufffd', 'half \ufffd', 'half \ufffd', 'whole 😀', 'backslash \\u0000', '\\\ufffd'],
  });
});

it('stores an absent value as null', () => {
  expect(storedJson(undefined)).toBe('null');
});

it('replaces the zero character in text', () => {
  expect(storedText('a\0b')).toBe('a\ufffdb');
});

it('reads whole numbers up to 2^53 and refuses what a number cannot hold', () => {
  expect(parseInteger('9007199254740991')).toBe(9_007_199_254_740_991);
  expect(() => parseInteger('9007199254740993')).toThrow('9007199254740993 is beyond 2^53');
});
