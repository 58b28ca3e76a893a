import { expect, test } from 'vitest';
import { shareBar } from './share-bar.ts';
import { plainStyle } from './style.ts';

const style = plainStyle({ unicode: false });

test.each([
  [0, '----------'],
  [1, '#---------'],
  [500, '#---------'],
  [5000, '#####-----'],
  [9999, '#########-'],
  [10_000, '##########'],
])('%i basis points are %s', (share, bar) => {
  expect(shareBar(share, 10, style)).toBe(bar);
});

test('without room there is no bar', () => {
  expect(shareBar(5000, 0, style)).toBe('');
});
