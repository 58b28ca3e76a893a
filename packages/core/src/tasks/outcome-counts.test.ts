import { expect, it } from 'vitest';
import { total } from '../analysis/histogram.ts';
import { NO_REPORT } from './attempt-report.ts';
import { addCounts, countsOf, lowScores, NO_COUNTS } from './outcome-counts.ts';

const attempt = { failureClass: null, costMicros: 0, report: NO_REPORT };

it('adds attempts up, whatever each of them has', () => {
  const sum = [
    attempt,
    { ...attempt, failureClass: 'tool' as const, report: { ...NO_REPORT, toolCalls: 3, toolErrors: 2 } },
    { ...attempt, costMicros: 5_000, report: { ...NO_REPORT, toolCalls: 1 } },
    { ...attempt, failureClass: 'tool' as const },
  ].reduce((counts, one) => addCounts(counts, countsOf(one)), NO_COUNTS);
  expect(sum).toMatchObject({ classes: { tool: 2 }, withTools: 2, withToolErrors: 1 });
  expect(total(sum.cost)).toBe(1);
});

it('counts the scores below a bar, by their names', () => {
  const scored = (scores: Record<string, number>) =>
    countsOf({ ...attempt, report: { ...NO_REPORT, scores } });
  const sum = [{ helpful: 0.69 }, { helpful: 0.7 }, { helpful: 1, polite: 0 }]
    .map(scored)
    .reduce(addCounts, NO_COUNTS);
  expect(lowScores(sum, 'helpful', 0.7)).toEqual({ trials: 3, events: 1 });
  expect(lowScores(sum, 'polite', 0.7)).toEqual({ trials: 1, events: 1 });
  expect(lowScores(sum, 'brief', 0.7)).toEqual({ trials: 0, events: 0 });
});

it('adds up scores whatever their names are, those that every object has among them', () => {
  const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
  const scores = Object.fromEntries(names.map((name) => [name, 0.5]));
  const one = countsOf({ failureClass: null, costMicros: 0, report: { ...NO_REPORT, scores } });
  const both = addCounts(addCounts(NO_COUNTS, one), one);
  for (const name of names) {
    expect(lowScores(both, name, 0.7)).toEqual({ trials: 2, events: 2 });
    expect(lowScores(NO_COUNTS, name, 0.7)).toEqual({ trials: 0, events: 0 });
  }
});
