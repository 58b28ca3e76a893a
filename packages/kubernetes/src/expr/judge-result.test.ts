import { expect, test } from 'vitest';
import { type CompiledExpr, compileExpr } from './compile-expr.ts';
import type { ExprValue } from './expr-value.ts';
import { judgeResult } from './judge-result.ts';

function compiled(text: string | null): CompiledExpr | null {
  if (text === null) return null;
  const expression = compileExpr(text);
  if (!expression.ok) throw new TypeError(expression.message);
  return expression;
}

test.each<[string, string | null, string | null, ExprValue, string]>([
  ['the success condition alone decides', 'result >= 0.95', null, 0.97, 'success'],
  ['a success condition that does not hold is a failure', 'result >= 0.95', null, 0.9, 'failure'],
  [
    'NaN meets no comparison and fails a success condition alone',
    'result >= 0.95',
    null,
    Number.NaN,
    'failure',
  ],
  ['a failure condition that does not hold is a success', null, 'result > 5', 3, 'success'],
  ['a failure condition that holds is a failure', null, 'result > 5', 6, 'failure'],
  ['with both, the failure condition wins', 'true', 'true', 1, 'failure'],
  ['with both, neither is inconclusive', 'result >= 0.9', 'result < 0.5', 0.7, 'inconclusive'],
  ['NaN is inconclusive where both are given', 'result >= 0.95', 'result < 0.95', Number.NaN, 'inconclusive'],
  ['without a condition every result is good', null, null, 0, 'success'],
  ['a condition that cannot be evaluated is an error', 'result > "a"', null, 1, 'error'],
  [
    'an error in the failure condition is an error, whatever the other says',
    'true',
    'result[3] > 1',
    [1],
    'error',
  ],
])('in Argo, %s', (_, success, failure, result, outcome) => {
  expect(judgeResult(result, { success: compiled(success), failure: compiled(failure) }).outcome).toBe(
    outcome,
  );
});

test('an error over an empty answer says that there was no data', () => {
  const judgement = judgeResult([], { success: compiled('result[0] >= 0.95'), failure: null });
  expect(judgement).toEqual({
    outcome: 'error',
    message: '`result[0] >= 0.95` cannot be evaluated: the provider gave no data',
  });
});

test('a failure says which condition it was', () => {
  expect(judgeResult(1, { success: compiled('result > 2'), failure: null }).message).toBe(
    '`result > 2` is not true',
  );
  expect(judgeResult(1, { success: null, failure: compiled('result < 2') }).message).toBe(
    '`result < 2` is true',
  );
});
