import { expect, it } from 'vitest';
import { wantedInstances } from './wanted-instances.ts';

const pool = (run: number[], leave: number[] = [], isAsleep = false) => ({
  sequence: 1,
  run,
  leave,
  isAsleep,
});
const wanted = (...of: Parameters<typeof wantedInstances>) => {
  const { run, leave } = wantedInstances(...of);
  return { run: [...run].toSorted((a, b) => a - b), leave: [...leave] };
};

it.each([
  ['without a pool they are numbered from 0', 2, undefined, [0, 1], []],
  ['a pool has more than ordered', 1, pool([0, 3, 4]), [0, 3, 4], []],
  ['what was ordered is there before the pool has heard of it', 3, pool([2]), [0, 1, 2], []],
  ['a number that leaves is not used', 2, pool([1], [0]), [1, 2], [0]],
  ['a pool that sleeps has less than ordered', 2, pool([], [1], true), [], [1]],
  ['an order of none takes everything away', 0, pool([0, 1], [2]), [], []],
])('%s', (_name, ordered, of, run, leave) => {
  expect(wanted(ordered, of)).toEqual({ run, leave });
});
