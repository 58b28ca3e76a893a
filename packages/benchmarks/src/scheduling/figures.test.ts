import { expect, test } from 'vitest';
import { figuresOf, ratioOf } from './figures.ts';
import { LeastFirst } from './least-first.ts';

test('the least comes out first', () => {
  const heap = new LeastFirst<number>();
  for (const value of [5, 3, 8, 1, 9, 2, 7]) heap.push(value, value);
  const out = Array.from({ length: 8 }, () => heap.pop());
  expect(out).toEqual([1, 2, 3, 5, 7, 8, 9, undefined]);
});

test('a ratio is surely below one when it is so for every seed', () => {
  const surely = ratioOf([8, 9, 7, 8], [10, 11, 9, 10]);
  expect(surely.high).toBeLessThan(1);
  const perhaps = ratioOf([8, 12, 7, 13], [10, 10, 10, 10]);
  expect(perhaps.low).toBeLessThan(1);
  expect(perhaps.high).toBeGreaterThan(1);
});

test('a task is overtaken by those that came later and began earlier', () => {
  const at = (nth: number, startedAt: number) => ({
    task: { ...{ nth, at: nth, workMs: 1, luck: [] }, ...{ kind: 0, bytes: 1, key: 'a', priority: 5 } },
    ...{ startedAt, endedAt: startedAt + 1 },
  });
  expect(figuresOf([at(0, 10), at(1, 2), at(2, 12), at(3, 4), at(4, 5)]).mostOvertaken).toBe(3);
});
