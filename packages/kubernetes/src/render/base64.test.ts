import { assert as check, property } from 'fast-check';
import { expect, it } from 'vitest';
import { base64 } from './base64.ts';
import { anyText } from './testing/any-text.ts';

it.each(['', 'a', 'ab', 'abc', 'grüße', '日本語', '😀', '\u0000\n', '100% sure'])(
  'encodes %j as Node does',
  (text) => {
    expect(base64(text)).toBe(Buffer.from(text, 'utf8').toString('base64'));
  },
);

it('encodes any text as Node does', () => {
  check(property(anyText, (text) => base64(text) === Buffer.from(text).toString('base64')));
});
