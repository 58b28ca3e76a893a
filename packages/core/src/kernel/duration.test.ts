import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
  ['1.5s', 1500],
  ['0s', 0],
  [' 5s ', 5000],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '5', 's', '5 s', '5x', '-5s', '1h 30m', '5sx', '1e3s', '5min'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, '0ms'],
  [250, '250ms'],
  [1500, '1.5s'],
  [60_000, '1m'],
  [90_000, '1m30s'],
  [5_400_000, '1h30m'],
  [86_400_000, '1d'],
  [60_500, '1m0.5s'],
])('%i ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('whatever is written is read back as the same number of milliseconds', () => {
  const anyMs = integer({ min: 0, max: 40 * 86_400_000 });
  assert(property(anyMs, (ms) => parseDuration(formatDuration(ms)) === ms));
});
