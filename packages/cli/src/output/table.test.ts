import { expect, test } from 'vitest';
import { aligned, table } from './table.ts';

test('columns are as wide as their widest cell, and lines do not end in spaces', () => {
  expect(
    table(
      [{ title: 'NAME' }, { title: 'COUNT', align: 'right' }, { title: '' }],
      [
        ['a', '1', ''],
        ['long name', '12', 'x'],
      ],
    ),
  ).toEqual(['NAME       COUNT', 'a              1', 'long name     12  x']);
});

test('a column in which nothing stands takes no room', () => {
  expect(aligned([{}, {}, {}], [['a', '', 'b']])).toEqual(['a  b']);
});

test('colours do not disturb the alignment', () => {
  const lines = aligned(
    [{}, {}],
    [
      ['\u001b[31mred\u001b[39m', '1'],
      ['plain', '2'],
    ],
  );
  expect(lines).toEqual(['\u001b[31mred\u001b[39m    1', 'plain  2']);
});
