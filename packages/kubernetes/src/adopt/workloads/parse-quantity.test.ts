import { expect, test } from 'vitest';
import { parseQuantity } from './parse-quantity.ts';

test.each([
  ['250m', 0.25],
  ['1.5', 1.5],
  [2, 2],
  ['.5', 0.5],
  ['128Mi', 134_217_728],
  ['1G', 1e9],
  ['129e6', 129e6],
  ['1E', 1e18],
  ['2E3', 2000],
])('the quantity %s is %d', (written, value) => {
  expect(parseQuantity(written)).toBe(value);
});

test.each(['', 'much', '1 Gi x', '1Zi', '1.2.3', '1toString'])('%j is no quantity', (written) => {
  expect(parseQuantity(written)).toBeUndefined();
});
