import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import { NO_SPREAD, SPREAD_MIN_TICKS, addToSpread, dispersionOf } from './event-spread.ts';
import { randomBinomial } from './random-counts.ts';

const spreadOf = (counts: readonly (readonly [trials: number, events: number])[]) =>
  counts.reduce((spread, [trials, events]) => addToSpread(spread, trials, events), NO_SPREAD);

const seconds = <T>(count: number, draw: (second: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, second) => draw(second));

test('events that come alone have dispersion 1, clumps of five about 5', () => {
  const random = seededRandom(5);
  const alone = seconds(600, () => [100, randomBinomial(random, 100, 0.1)] as const);
  const clumps = seconds(600, () => [100, 5 * randomBinomial(random, 20, 0.1)] as const);
  expect(dispersionOf(spreadOf(alone))).toBeLessThan(1.2);
  expect(dispersionOf(spreadOf(clumps))).toBeCloseTo(5, 0);
});

test('varying traffic is no dispersion', () => {
  const random = seededRandom(6);
  const varying = seconds(600, (second) => {
    const trials = 50 + (second % 10) * 20;
    return [trials, randomBinomial(random, trials, 0.5)] as const;
  });
  expect(dispersionOf(spreadOf(varying))).toBeLessThan(1.2);
});

test('what is not known yet counts as clumped as can be, and ticks without trials make nothing known', () => {
  expect(dispersionOf(NO_SPREAD)).toBe(20);
  const half = spreadOf(seconds(SPREAD_MIN_TICKS / 2, () => [10, 1] as const));
  expect(dispersionOf(half)).toBe(10.5);
  expect(dispersionOf(addToSpread(half, 0, 0))).toBe(10.5);
  const all = spreadOf(seconds(SPREAD_MIN_TICKS, () => [10, 1] as const));
  expect(dispersionOf(all)).toBe(1);
});

test('it is capped at 20, and 1 where nothing or everything is an event', () => {
  const burst = spreadOf([...seconds(599, () => [100, 0] as const), [100, 90]]);
  expect(dispersionOf(burst)).toBe(20);
  expect(dispersionOf(spreadOf(seconds(60, () => [10, 0] as const)))).toBe(1);
  expect(dispersionOf(spreadOf(seconds(60, () => [10, 10] as const)))).toBe(1);
});
