import { hash32 } from '@sluice/core/kernel/hash.ts';
import { expect, it, test } from 'vitest';
import { shareOverTicks } from './share-over-ticks.ts';

const shares = (since: number, at: number, from: number, to: number, key = 'a') =>
  shareOverTicks({ since, at, from, to }, 10, hash32(key)).map((share) => [
    share.tickAt,
    share.to - share.from,
  ]);

test.each([
  [12, 18, 0, 7, [[10, 7]]],
  [
    8,
    12,
    0,
    10,
    [
      [0, 5],
      [10, 5],
    ],
  ],
  [
    5,
    20,
    0,
    30,
    [
      [0, 10],
      [10, 20],
    ],
  ],
  [
    5,
    35,
    100,
    130,
    [
      [0, 5],
      [10, 10],
      [20, 10],
      [30, 5],
    ],
  ],
  [20, 20, 0, 9, [[20, 9]]],
  [10, 20, 0, 9, [[10, 9]]],
])('what grew from %d to %d, from %d to %d, belongs to %j', (since, at, from, to, expected) => {
  expect(shares(since, at, from, to)).toEqual(expected);
});

it('counts each request once, whatever does not divide evenly', () => {
  for (let to = 0; to < 40; to++)
    for (const key of ['a', 'b', 'c'])
      expect(shares(3, 29, 0, to, key).reduce((sum, [, count = 0]) => sum + count, 0)).toBe(to);
});

it('puts rare errors of many series into early and late ticks alike', () => {
  const early = Array.from({ length: 1_000 }, (_, pod) => shares(5, 15, 0, 1, `pod ${pod}`)).filter(
    ([share]) => share?.[0] === 0,
  );
  // Four standard deviations of 1,000 throws.
  expect(Math.abs(early.length - 500)).toBeLessThan(64);
});
