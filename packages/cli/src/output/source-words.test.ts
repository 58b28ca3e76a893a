import { expect, test } from 'vitest';
import { sourceWords } from './source-words.ts';

test.each([
  [undefined, ''],
  [{ repository: 'acme/shop' }, 'acme/shop'],
  [{ ref: 'refs/tags/v1.4.2' }, 'v1.4.2'],
  [
    { commit: '5f2c7e1b9a40d3c86e7f1a2b3c4d5e6f70819203', ref: 'main', message: 'Pay\n\nWith two taps.' },
    '5f2c7e1 on main: Pay',
  ],
])('where code comes from, %j, is told as %j', (source, words) => {
  expect(sourceWords(source)).toBe(words);
});

test('what an author writes does nothing to a terminal', () => {
  expect(sourceWords({ message: '\u001b[2Jgone' })).not.toContain('\u001b');
});
