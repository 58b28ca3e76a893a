import { expect, test } from 'vitest';
import { seededRandom } from './prng.ts';

const draw = (seed: number, count: number): readonly number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
};

test('the same seed gives the same numbers for ever: stored seeds depend on it', () => {
  expect(draw(1, 3)).toMatchInlineSnapshot(`
    [
      0.5636717735324055,
      0.5851113414391875,
      0.8959073920268565,
    ]
  `);
});

test('different seeds give different numbers', () => {
  expect(draw(1, 8)).not.toEqual(draw(2, 8));
});

test('the numbers lie in [0, 1) and their mean is a half', () => {
  const numbers = draw(7, 10_000);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((sum, number) => sum + number, 0) / 10_000).toBeCloseTo(0.5, 1);
});
