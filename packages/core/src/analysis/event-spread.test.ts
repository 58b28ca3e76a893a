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

test('too few ticks are no dispersion of 1 but an unknown one, and ticks without trials are none', () => {
  const short = spreadOf(seconds(SPREAD_MIN_TICKS - 1, () => [10, 1] as const));
  expect(dispersionOf(short)).toBeNull();
  expect(dispersionOf(addToSpread(short, 0, 0))).toBeNull();
  expect(dispersionOf(addToSpread(short, 10, 1))).toBe(1);
});

test('it is capped at 20, and 1 where nothing or everything is an event', () => {
  const burst = spreadOf([...seconds(599, () => [100, 0] as const), [100, 90]]);
  expect(dispersionOf(burst)).toBe(20);
  expect(dispersionOf(spreadOf(seconds(60, () => [10, 0] as const)))).toBe(1);
  expect(dispersionOf(spreadOf(seconds(60, () => [10, 10] as const)))).toBe(1);
});
