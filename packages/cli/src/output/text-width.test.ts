import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutTo, harmless, padLeft, padRight, widthOf, wrap } from './text-width.ts';

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;

test('the width counts what is seen: no colours, joined signs once, wide ones twice', () => {
  expect(widthOf(red('abc'))).toBe(3);
  expect(widthOf('é')).toBe(1);
  expect(widthOf('漢字')).toBe(4);
  expect(widthOf('👩‍🚀')).toBe(2);
  expect(widthOf('✔ ▶ █')).toBe(5);
});

test('padding fills up to a width and never cuts', () => {
  expect(padRight('ab', 4)).toBe('ab  ');
  expect(padLeft(red('ab'), 4)).toBe(`  ${red('ab')}`);
  expect(padLeft('abcde', 4)).toBe('abcde');
});

test('what is cut fits, says so, and leaves no colour on', () => {
  expect(cutTo('abcdef', 4, '…')).toBe('abc…');
  expect(cutTo('abcd', 4, '…')).toBe('abcd');
  expect(cutTo(red('abcdef'), 4, '…')).toBe('\u001b[31mabc\u001b[39m…\u001b[0m');
  expect(cutTo('abc', 0, '…')).toBe('');
  expect(cutTo('漢字漢字', 5, '…')).toBe('漢字…');
});

test('whatever the text and the width, what is cut is not wider', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
      expect(widthOf(cutTo(red(text), width, '...'))).toBeLessThanOrEqual(Math.max(width, 0));
    }),
  );
});

test('text from elsewhere cannot act on the terminal', () => {
  const hostile = 'ok\u001b[2J\u001b]0;title\u0007\u009b31m\rover\u0000\n\tend';
  expect(harmless(hostile)).toBe('okover\n\tend');
});

test('text is broken at spaces, and a word that is too long stands alone', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a incomprehensibilities b', 6)).toEqual(['a', 'incomprehensibilities', 'b']);
  expect(wrap('', 5)).toEqual([]);
});
