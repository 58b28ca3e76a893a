import { expect, it } from 'vitest';
import { pathOf, scaleOf, ticksOf } from './chart-geometry.ts';

it.each([
  [0, 97, [0, 50, 100]],
  [0, 0.013, [0, 0.005, 0.01, 0.015]],
  [-1, 2, [-1, 0, 1, 2]],
  [5, 5, [4, 6]],
  [Infinity, -Infinity, [0, 1]],
])('an axis from %d to %d has few and round values', (from, to, ticks) => {
  expect(ticksOf(from, to)).toEqual(ticks);
});

const area = { left: 0, top: 0, width: 100, height: 100 };

it('a line breaks where nothing is known, and a value alone is still seen', () => {
  const line = [1, 2, null, 4, null].map((value, at) => ({ at: at * 1000, value }));
  const path = pathOf(line, scaleOf([line], area, [0]));
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path).toMatch(/h2$/);
});

it('whoever points between two moments means the nearer one', () => {
  const line = [0, 1000, 2000].map((at) => ({ at, value: 1 }));
  const scale = scaleOf([line], area, [0]);
  expect(scale.atOf(70)).toBe(1000);
  expect(scale.atOf(80)).toBe(2000);
  expect(scaleOf([], area, []).atOf(5)).toBeNull();
});

it('one moment alone stands in the middle, and has one name on the axis', () => {
  const scale = scaleOf([[{ at: 1000, value: 1 }]], { ...area, width: 600 }, [0]);
  expect(scale.times).toHaveLength(1);
  expect(scale.x(1000)).toBe(300);
});
