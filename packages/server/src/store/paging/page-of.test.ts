import { expect, it } from 'vitest';
import { pageOf } from './page-of.ts';

const LETTERS = ['a', 'b', 'c', 'd'];
const firstLetters = (limit: number) =>
  pageOf(limit, async (most) => LETTERS.slice(0, most), {
    item: (letter) => letter.toUpperCase(),
    cursor: (letter) => `after ${letter}`,
  });

it('goes on after the last row that is shown, as long as there are more', async () => {
  expect(await firstLetters(2)).toEqual({ items: ['A', 'B'], next: 'after b' });
  expect(await firstLetters(3)).toEqual({ items: ['A', 'B', 'C'], next: 'after c' });
});

it('ends with the list, also when that ends with the page', async () => {
  expect(await firstLetters(4)).toEqual({ items: ['A', 'B', 'C', 'D'], next: null });
  expect(await firstLetters(9)).toEqual({ items: ['A', 'B', 'C', 'D'], next: null });
});

it('is empty for an empty list', async () => {
  const show = { item: String, cursor: String };
  expect(await pageOf(5, async () => [], show)).toEqual({ items: [], next: null });
});
