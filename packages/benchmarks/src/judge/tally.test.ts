import { expect, test } from 'vitest';
import { comparePart, compareSummary } from './compare-cell.ts';
import { formatSummary, summarize } from './tally.ts';

const times = (count: number, of: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => of(i));

test('a tally gives median among detected, mean harm and the missed part', () => {
  const seconds = [...times(90, (i) => 10 + (i % 3)), ...times(10, () => Infinity)];
  const summary = summarize({ seconds, harms: times(100, (i) => i % 5) });
  expect(summary).toMatchObject({ runs: 100, detected: 0.9, medianSeconds: 11, harm: 2 });
  expect(formatSummary(summary)).toBe('11 s · 2.0 · 10%');
  expect(formatSummary(summarize({ seconds: times(400, () => Infinity), harms: times(400, () => 27) }))).toBe(
    'never · 27',
  );
});

test('the error of a median counts the second in which ties fell', () => {
  const spread = summarize({ seconds: times(400, (i) => 1 + (i % 20)), harms: [0] });
  expect(spread.medianError).toBeCloseTo((0.5 / 20) * 20, 1);
  const tied = summarize({ seconds: times(400, () => 7), harms: [0] });
  expect(tied.medianError).toBeCloseTo(0.025, 3);
});

test('a cell is worse only beyond three standard errors', () => {
  const published = { part: 0.004, runs: 10_000 };
  expect(comparePart('cell', { part: 0.0065, runs: 10_000 }, published).worse).toEqual([]);
  expect(comparePart('cell', { part: 0.0085, runs: 10_000 }, published).worse).toHaveLength(1);
  expect(comparePart('cell', { part: 0.02, runs: 50 }, published).worse).toEqual([]);
  const summary = summarize({
    seconds: times(2000, (i) => 50 + (i % 41)),
    harms: times(2000, (i) => i % 21),
  });
  expect(compareSummary('cell', summary, { medianSeconds: 70, harm: 10, missed: 0 }, 2000).worse).toEqual([]);
  expect(compareSummary('cell', summary, { medianSeconds: 65, harm: 9, missed: 0 }, 2000).worse).toHaveLength(
    2,
  );
});
