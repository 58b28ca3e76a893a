import fc from 'fast-check';
import { expect, test } from 'vitest';
import { daysSinceEpoch, formatInstant, formatMinute } from './civil-date.ts';

const moments = fc.integer({ min: Date.UTC(0, 0, 1), max: Date.UTC(9999, 11, 31) });

test('days are those of the calendar', () => {
  fc.assert(
    fc.property(moments, (at) => {
      const date = new Date(at);
      const days = daysSinceEpoch(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
      return days === Math.floor(at / 86_400_000);
    }),
  );
});

test('a moment is written to the minute', () => {
  expect(formatMinute(Date.UTC(2026, 10, 23, 8, 5, 59))).toBe('2026-11-23 08:05Z');
  fc.assert(
    fc.property(
      moments,
      (at) => formatMinute(at) === `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`,
    ),
  );
});

test('a moment is written to the millisecond', () => {
  fc.assert(fc.property(moments, (at) => formatInstant(at) === new Date(at).toISOString()));
});
