import { expect, test } from 'vitest';
import { groupSequentialBoundaries, linearSpending, obrienFlemingSpending } from './group-sequential.ts';

const tenLooks = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

function expectBoundaries(found: readonly number[], expected: readonly number[], digits: number): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((boundary, i) => expect(boundary).toBeCloseTo(expected[i] ?? 0, digits));
}

test('two-sided O’Brien-Fleming boundaries for ten looks are those of judge.md 5.4', () => {
  const found = groupSequentialBoundaries(tenLooks, { spending: obrienFlemingSpending(0.025), sides: 2 });
  expectBoundaries(found, [6.991, 4.877, 3.93, 3.367, 2.989, 2.715, 2.504, 2.336, 2.198, 2.081], 2.9);
});

test('one-sided boundaries agree with ldbounds', () => {
  const linear = groupSequentialBoundaries([0.25, 0.5, 0.75, 1], {
    spending: linearSpending(0.05),
    sides: 1,
  });
  expectBoundaries(linear, [2.2414, 2.1251, 2.0186, 1.9255], 3.5);
  const uneven = groupSequentialBoundaries([0.3, 0.6, 1], {
    spending: obrienFlemingSpending(0.025),
    sides: 1,
  });
  expectBoundaries(uneven, [3.92857, 2.66997, 1.98103], 4);
  const ten = groupSequentialBoundaries(tenLooks, { spending: obrienFlemingSpending(0.05), sides: 1 });
  expect(ten[0]).toBeCloseTo(6.0879, 4);
  expect(ten[9]).toBeCloseTo(1.795, 3.5);
});
