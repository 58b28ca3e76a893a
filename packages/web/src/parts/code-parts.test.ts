import { expect, it } from 'vitest';
import { codePieces } from './code-parts.ts';

it('a line of a policy is told apart into keys, texts, numbers, words and comments', () => {
  const pieces = codePieces('  expression: "a" + x.size() <= 50 # most');
  expect(pieces.filter(({ part }) => part !== 'plain')).toEqual([
    { part: 'key', text: 'expression' },
    { part: 'text', text: '"a"' },
    { part: 'word', text: 'size' },
    { part: 'number', text: '50' },
    { part: 'comment', text: '# most' },
  ]);
});

it.each(['', '   ', "message: 'it''s", '\u{1F600} "\\"', '<script>alert(1)</script>', '\t- a: b'])(
  'the pieces of %j are the line again',
  (line) => {
    expect(
      codePieces(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe(line);
  },
);
