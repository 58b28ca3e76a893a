import { expect, it } from 'vitest';
import { mostEjected, standsOut } from './outlier.ts';

const of = (failures: number, attempts: number) => ({ failures, attempts });

it('stands out that fails where its peers do not', () => {
  expect(standsOut(of(5, 5), of(0, 50))).toBe(true);
  expect(standsOut(of(10, 20), of(10, 200))).toBe(true);
  expect(standsOut(of(500, 2_000), of(1_000, 20_000))).toBe(true);
});

it('does not stand out by a few failures, before peers have worked, or where all fail', () => {
  expect(standsOut(of(2, 2), of(0, 50))).toBe(false);
  expect(standsOut(of(5, 5), of(0, 4))).toBe(false);
  expect(standsOut(of(20, 20), of(195, 200))).toBe(false);
  expect(standsOut(of(2, 20), of(10, 200))).toBe(false);
  expect(standsOut(of(5, 100), of(50, 1_000))).toBe(false);
});

it('is left out only while most of the others work', () => {
  expect([0, 1, 2, 3, 5, 6, 100].map(mostEjected)).toEqual([0, 0, 0, 1, 1, 2, 33]);
});
