import { expect, it } from 'vitest';
import { EMPTY_BOOK, linesOf, linesWith, readOn } from './log-book.ts';

const look = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\n`).join('');

it('looks at the end of a log become one text, whose lines keep their numbers', () => {
  const first = readOn(EMPTY_BOOK, look(1, 3), true);
  const second = readOn(first, look(2, 5), true);
  expect(second.lines.map(({ number, text }) => `${number} ${text}`)).toEqual(
    [1, 2, 3, 4, 5].map((number) => `${number} line ${number}`),
  );
  expect(second.lines[0]).toBe(first.lines[0]);
  expect(readOn(second, look(2, 5), true)).toBe(second);
});

it('a look that has nothing of the one before is all new', () => {
  const book = readOn(readOn(EMPTY_BOOK, look(1, 2), true), look(90, 91), true);
  expect(book.lines.map(({ text }) => text)).toEqual(['line 1', 'line 2', 'line 90', 'line 91']);
});

it('lines at the top go only while the end is followed', () => {
  const full = readOn(EMPTY_BOOK, look(1, 10_000), true);
  expect(readOn(full, look(9990, 10_005), true).lines).toHaveLength(10_000);
  const read = readOn(full, look(9990, 10_005), false);
  expect(read.lines[0]).toBe(full.lines[0]);
  expect(read.lines).toHaveLength(10_005);
});

it('what only terminals understand is left out, and the rest stays as it is', () => {
  expect(linesOf('\u001b[31mred\u001b[0m\r\n<b>\u001b]8;;http://x\u0007link\n')).toEqual(['red', '<b>link']);
});

it('is searched whatever the case', () => {
  const { lines } = readOn(EMPTY_BOOK, 'Error: no\nfine\n', true);
  expect(linesWith(lines, ' error').map(({ number }) => number)).toEqual([1]);
  expect(linesWith(lines, '')).toBe(lines);
});
