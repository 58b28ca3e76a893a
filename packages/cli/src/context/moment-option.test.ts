import { expect, test } from 'vitest';
import { readMoment } from './moment-option.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const read = (text: string) => {
  const moment = readMoment(text, '--until', NOW);
  return moment.ok ? new Date(moment.value).toISOString() : moment.refused.problem?.detail;
};

test('a moment is a time from now, or a date with its zone', () => {
  expect(read('2h')).toBe('2026-11-22T14:00:00.000Z');
  expect(read('1d12h')).toBe('2026-11-24T00:00:00.000Z');
  expect(read('2026-12-24T12:00Z')).toBe('2026-12-24T12:00:00.000Z');
  expect(read('2026-12-24T12:00+01:00')).toBe('2026-12-24T11:00:00.000Z');
});

test.each(['', 'tomorrow', '2026-12-24', '2026-12-24T12:00', '2026-13-24T12:00Z', '2026-12-24T25:00Z'])(
  '%j is none, because somebody would have to guess',
  (text) => {
    expect(readMoment(text, '--until', NOW).ok).toBe(false);
  },
);
