import { assert, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { carries, carryable, requiredInstances, retreatShare } from './capacity.ts';

test.each([
  [0, 4, 0],
  [1, 4, 1],
  [2500, 4, 1],
  [2600, 4, 2],
  [5000, 4, 2],
  [10_000, 4, 4],
  [500, 1, 1],
  [10_000, 0, 1],
])('%i basis points of a component with %i full instances need %i', (share, full, needed) => {
  expect(requiredInstances(share, full)).toBe(needed);
});

test('a share that was rounded to basis points needs no instance more than the exact one', () => {
  expect(requiredInstances(6667, 3)).toBe(2);
  expect(requiredInstances(3334, 3)).toBe(1);
  const sides = record({ candidate: integer({ min: 1, max: 50 }), stable: integer({ min: 1, max: 50 }) });
  assert(
    property(sides, ({ candidate, stable }) => {
      const share = Math.floor((candidate * 10_000) / (candidate + stable));
      expect(requiredInstances(share, candidate + stable)).toBeLessThanOrEqual(candidate);
      expect(requiredInstances(10_000 - share, candidate + stable)).toBeLessThanOrEqual(stable);
    }),
  );
});

const capacity = record({ ready: integer({ min: 0, max: 12 }), full: integer({ min: 1, max: 10 }) });
const share = integer({ min: 0, max: 10_000 });

test('what is carryable is carried, and a percent more is not', () => {
  assert(
    property(capacity, (side) => {
      const most = carryable(side);
      expect(carries(side, most)).toBe(true);
      if (most + 100 <= 10_000) expect(carries(side, most + 100)).toBe(false);
    }),
  );
});

test('a retreat never gives the candidate more than it has', () => {
  assert(
    property(share, capacity, capacity, (current, candidate, stable) => {
      const next = retreatShare(current, candidate, stable);
      expect(next).toBeLessThanOrEqual(current);
      expect(next).toBeGreaterThanOrEqual(0);
      expect(Number.isInteger(next)).toBe(true);
    }),
  );
});

test('a retreat is at its end as soon as stable carries everything', () => {
  assert(
    property(share, capacity, capacity, (current, candidate, { full }) => {
      expect(retreatShare(current, candidate, { ready: full, full })).toBe(0);
    }),
  );
});

test('a retreat overloads stable only when the candidate cannot carry the rest either, or has no more to give', () => {
  assert(
    property(share, capacity, capacity, (current, candidate, stable) => {
      const next = retreatShare(current, candidate, stable);
      const isStableOverloaded = !carries(stable, 10_000 - next);
      const isCandidateShort = 10_000 - carryable(stable) > carryable(candidate);
      if (isStableOverloaded) expect(next === current || isCandidateShort).toBe(true);
    }),
  );
});

test('repeating a retreat with the same capacities changes nothing more', () => {
  assert(
    property(share, capacity, capacity, (current, candidate, stable) => {
      const once = retreatShare(current, candidate, stable);
      expect(retreatShare(once, candidate, stable)).toBe(once);
    }),
  );
});

test('with no stable instance ready nothing moves, and with no candidate ready everything goes back', () => {
  expect(retreatShare(7500, { ready: 4, full: 4 }, { ready: 0, full: 4 })).toBe(7500);
  expect(retreatShare(7500, { ready: 0, full: 4 }, { ready: 1, full: 4 })).toBe(0);
  expect(retreatShare(7500, { ready: 0, full: 4 }, { ready: 0, full: 4 })).toBe(7500);
});

test('rounding to basis points never pushes stable beyond what it carries', () => {
  expect(retreatShare(5000, { ready: 1, full: 3 }, { ready: 4, full: 6 })).toBe(3334);
});

test('half of the stable side back means half of the traffic back', () => {
  expect(retreatShare(10_000, { ready: 4, full: 4 }, { ready: 2, full: 4 })).toBe(5000);
});
