import { ok, refuse } from '@sluice/core/kernel/result.ts';
import type { MeasurementCondition } from '@sluice/core/rollout/measurement-spec.ts';
import { describe, expect, it, test } from 'vitest';
import type { CompileCondition, MeasuredResult } from './measurement-ports.ts';
import { meetsCondition } from './meets-condition.ts';

/** A language of which one sentence is known. */
const oneSentence: CompileCondition = (text) =>
  text === 'all are small'
    ? ok(({ result }) => (result as readonly number[]).every((value) => value < 10))
    : refuse('bad-expression', `nobody understands ${text}`, 'Say that all are small.');

const judge = (condition: MeasurementCondition, result: MeasuredResult, wentWell: boolean | null = null) =>
  meetsCondition(condition, { ok: true, result, warnings: [], wentWell }, oneSentence);
const cel = (success: string | null, failure: string | null = null): MeasurementCondition => ({
  language: 'cel',
  success,
  failure,
});
const range = (min: number | null, max: number | null): MeasurementCondition => ({
  language: 'range',
  min,
  max,
});

test.each<[MeasurementCondition, MeasuredResult, string]>([
  [cel('result >= 0.95'), 0.96, 'success'],
  [cel('result >= 0.95'), 0.94, 'failure'],
  [cel('result[0] > 1'), [2, 0], 'success'],
  [cel('result * 100 < 5'), 0.04, 'success'],
  [cel('1 - result > 0.5'), 0.4, 'success'],
  [cel('size(result) == 2 && result[1] == 0'), [2, 0], 'success'],
  [cel('result.ok && result.rate < 0.1'), { ok: true, rate: 0.05 }, 'success'],
  [cel('result == "green"'), 'green', 'success'],
  [cel(null, 'result > 5'), 6, 'failure'],
  [cel(null, 'result > 5'), 5, 'success'],
  [cel('result < 2', 'result > 5'), 3, 'inconclusive'],
  [cel('result < 9', 'result > 5'), 6, 'failure'],
  [cel(null, null), 6, 'success'],
  [{ language: 'expr', success: 'all are small', failure: null }, [1, 2], 'success'],
  [{ language: 'expr', success: 'all are small', failure: null }, [1, 20], 'failure'],
  [range(99, null), 99, 'success'],
  [range(null, 500), 501, 'failure'],
  [range(1, 2), [1.5], 'success'],
  [range(1, 2), '1.5', 'success'],
  [range(null, 2), Number.POSITIVE_INFINITY, 'failure'],
])('%j of %j is %s', (condition, result, outcome) => {
  expect(judge(condition, result)).toMatchObject({ outcome });
});

describe('what is missing is no failure', () => {
  test.each<[string, MeasurementCondition, MeasuredResult, RegExp]>([
    ['NaN', cel('result >= 0.95'), Number.NaN, /^No data: the value is NaN/],
    ['NaN among others', cel('result[0] >= 0.95'), [1, Number.NaN], /^No data: the value is NaN/],
    ['NaN in a range', range(99, null), [Number.NaN], /^No data: the value is NaN/],
    [
      'an empty answer',
      cel('result[0] >= 0.95'),
      [],
      /^No data: the query found nothing: `result\[0\] >= 0.95`/,
    ],
    ['an empty answer in a range', range(99, null), [], /^No data: the query found nothing/],
    ['several series where one is needed', range(99, null), [99, 100], /^There are 2 values .* sum\(\)/],
    ['a text where a number is needed', range(99, null), 'plenty', /^plenty is no number/],
    [
      'a condition that compares what cannot be',
      cel('result > 1'),
      'many',
      /^The condition has no value: `result > 1`/,
    ],
    ['a condition that is neither', cel('result'), 5, /gives 5, neither true nor false/],
    [
      'a condition that nobody understands',
      { language: 'expr', success: 'x', failure: null },
      1,
      /nobody understands x/,
    ],
  ])('%s', (_name, condition, result, message) => {
    expect(judge(condition, result)).toEqual({
      outcome: 'error',
      value: expect.any(String),
      message: expect.stringMatching(message),
    });
  });

  it('lets a condition ask for NaN itself', () => {
    expect(judge(cel('isNaN(result) || result > 0.95'), Number.NaN)).toMatchObject({ outcome: 'success' });
  });
});

describe('what says itself how it went', () => {
  it('succeeds and fails by that, and is shown', () => {
    expect(judge({ language: 'outcome' }, { status: 200 }, true)).toEqual({
      outcome: 'success',
      value: '{"status":200}',
      message: 'It went well: {"status":200}.',
    });
    expect(judge({ language: 'outcome' }, { status: 500 }, false)).toMatchObject({ outcome: 'failure' });
  });

  it('is no measurement for a condition when it did not go well', () => {
    expect(judge(cel('result.status == 503'), { status: 503 }, false)).toMatchObject({ outcome: 'error' });
  });
});

test('CEL refuses names it does not know and regular expressions', () => {
  expect(judge(cel('rate > 1'), 1)).toMatchObject({
    outcome: 'error',
    message: expect.stringContaining('rate'),
  });
  expect(judge(cel('result.matches("a+")'), 'a')).toMatchObject({
    outcome: 'error',
    message: expect.stringContaining('not available'),
  });
});
