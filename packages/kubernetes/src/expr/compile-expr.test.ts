import { describe, expect, test } from 'vitest';
import { compileExpr } from './compile-expr.ts';
import type { ExprValue } from './expr-value.ts';

/** The value, or the fault in words. */
function evaluated(text: string, result: ExprValue = null): ExprValue {
  const compiled = compileExpr(text);
  if (!compiled.ok) return `fault at ${compiled.column}: ${compiled.message}`;
  const outcome = compiled.evaluate(result);
  return outcome.ok ? outcome.value : `fault: ${outcome.message}`;
}

describe('what Argo documents of its conditions', () => {
  test.each<[string, ExprValue, ExprValue]>([
    ['result[0] >= 0.95', [0.97], true],
    ['result[0] >= 0.95', [0.94], false],
    ['result == true', true, true],
    ['result == false', true, false],
    ['result > 1', 5, true],
    ['2 in result', [2, 2], true],
    [
      'all(result.service_apdex.values.values, {# > 1})',
      { service_apdex: { values: { values: [2, 2] } } },
      true,
    ],
    ['asInt(result) == 1', '1', true],
    ['asInt(result) == 1', 1.123, true],
    ['asFloat(result) >= 1.1', '1.1', true],
    ['isNaN(result) || result >= 0.95', Number.NaN, true],
    ['result >= 0.95', Number.NaN, false],
    ['result < 0.95', Number.NaN, false],
    ['result >= 0.95', Number.POSITIVE_INFINITY, true],
    ['isInf(result)', Number.NEGATIVE_INFINITY, true],
    ['len(result) == 0 || result[0] >= 0.95', [], true],
    ['len(result) > 0 && result[0] >= 0.95', [], false],
    ['default(result, 0) < 0.05', null, true],
    ['default(result, 0) < 0.05', 1, false],
    ['isNil(result)', null, true],
    ["result == 'true'", 'true', true],
    ['result.ok && result.successPercent >= 0.90', { ok: true, successPercent: 0.95 }, true],
    [
      '(result.requests_made * result.requests_succeeded / 100) >= 90',
      { requests_made: 100, requests_succeeded: 95 },
      true,
    ],
  ])('`%s` over %j', (text, result, value) => {
    expect(evaluated(text, result)).toEqual(value);
  });

  test.each<[string, ExprValue, RegExp]>([
    ['result[0] >= 0.95', [], /index out of range: 0/],
    ['result >= 0.95', [0.97], />= does not work on list and number/],
    ['result < 0.05', null, /< does not work on nil and number/],
    ['result[0]', 1, /cannot fetch/],
    ['asInt(result) == 1', '1.1', /asInt\(\) cannot read string "1.1"/],
    ['asFloat(result) == 1.1', 'NotANum', /asFloat\(\) cannot read string/],
    ['asFloat(result) == "1.1"', '1.1', /== does not work on number and string/],
    ['result[0] == "1"', [1], /== does not work on number and string/],
    ['isNaN(result)', [1], /isNaN needs a number, not list/],
    ['1 in result', null, /in does not work on number and nil/],
    ['result.a.b > 1', { a: null }, /cannot fetch b from nil/],
    ['result && true', 1, /&& needs a bool, not number/],
    ['1 / "2" > 1', 1, /does not work on number and string/],
    ['5 % 0 == 1', 1, /integer divide by zero/],
    ['result % 2 == 0', 4, /% works on integers only/],
  ])('`%s` over %j is an error and no verdict', (text, result, message) => {
    expect(evaluated(text, result)).toMatch(/^fault: /);
    expect(evaluated(text, result)).toMatch(message);
  });

  test('what stands inside JSON has no known kind: it is unequal, and that is no error', () => {
    expect(evaluated('result.status == "ok"', { status: 3 })).toBe(false);
    expect(evaluated('result.missing == nil', {})).toBe(true);
    expect(evaluated('result.missing == 1', {})).toBe(false);
  });

  test('a condition that is not true or false is an error', () => {
    const compiled = compileExpr('result');
    expect(compiled.ok && compiled.holds(1)).toEqual({
      ok: false,
      message: 'a condition must be true or false, and this one gives number',
    });
  });
});

describe('the language', () => {
  test.each<[string, ExprValue]>([
    ['1 + 2 * 3', 7n],
    ['(1 + 2) * 3', 9n],
    ['7 / 2', 3.5],
    ['-7 % 4', -3n],
    ['2 ** 3 ** 2', 512],
    ['-2 ** 2', -4],
    ['1 ** asFloat("NaN")', 1],
    ['asFloat("-1") ** asFloat("Inf")', 1],
    ['1 == 1.0', true],
    ['0x1f + 1_000', 1031n],
    ['.5 + 1e2', 100.5],
    ['9223372036854775807 + 1', -9_223_372_036_854_775_808n],
    ['"a" + \'b\'', 'ab'],
    ['"a" < "b"', true],
    ['"\\u0041\\n\\x42"', 'A\nB'],
    ['`a\\n`', 'a\\n'],
    ['not true or true', true],
    ['not (1 == 2) and !false', true],
    ['true or false and false', true],
    ['1 < 2 < 3', true],
    ['1 < 3 < 2', false],
    ['1 not in [2, 3]', true],
    ['"ab" not contains "c"', true],
    ['"a" in {a: 1}', true],
    ['"hello" startsWith "he" && "hello" endsWith "lo" && "hello" contains "ell"', true],
    ['nil contains "a"', false],
    ['"v1.2.3" matches "^v\\\\d+\\\\.\\\\d+"', true],
    ['true ? 1 : 2', 1n],
    ['false ? 1 : true ? 2 : 3', 2n],
    ['nil ?? 5', 5n],
    ['{a: {b: 1}}.a.b', 1n],
    ['{"a": 1}["a"]', 1n],
    ['nil?.a.b.c', null],
    ['nil?.a.b ?? 4', 4n],
    ['[1, 2, 3][-1]', 3n],
    ['[1, 2, 3, 4][1:3]', [2n, 3n]],
    ['"hello"[:2]', 'he'],
    ['1..3', [1n, 2n, 3n]],
    ['let x = 2; x * x', 4n],
    ['if 1 > 2 { "a" } else { "b" }', 'b'],
    ['[1, 2, 3] | filter(# > 1) | len()', 2n],
    ['// a remark\n1 /* and another */ + 1', 2n],
  ])('`%s`', (text, value) => {
    expect(evaluated(text)).toEqual(value);
  });

  test.each<[string, ExprValue]>([
    ['any([1, 2], {# > 1})', true],
    ['none([1, 2], # > 2)', true],
    ['one([1, 2], # > 1)', true],
    ['count([1, 2, 3], # > 1)', 2n],
    ['count([true, false])', 1n],
    ['map([{v: 1}, {v: 2}], .v)', [1n, 2n]],
    ['map(1..3, #index)', [0n, 1n, 2n]],
    ['sum([1, 2.5])', 3.5],
    ['sum([{v: 1}], .v)', 1n],
    ['find([1, 2, 3], # > 1)', 2n],
    ['findIndex([1, 2, 3], # > 5)', null],
    ['findLast([1, 2, 3], # > 1)', 3n],
    ['reduce(1..4, #acc + #, 0)', 10n],
    ['all([], # > 1)', true],
    ['len("äb")', 3n],
    ['abs(-2) + int("3") + round(2.5)', 8],
    ['round(-2.5)', -3],
    ['string(1.0) + string(0.00001) + string(1e21)', '11e-051e+21'],
    ['max(1, 2.5, 2)', 2.5],
    ['min([3, 1, 2])', 1n],
    ['mean([1, 2])', 1.5],
    ['median([5, 1, 3])', 3],
    ['first([1, 2]) + last([1, 2])', 3n],
    ['sort([3, 1, 2])', [1n, 2n, 3n]],
    ['uniq([1, 1.0, 2])', [1n, 2n]],
    ['concat([1], [2])', [1n, 2n]],
    ['flatten([[1], [2, [3]]])', [1n, 2n, 3n]],
    ['keys({a: 1, b: 2})', ['a', 'b']],
    ['get({a: 1}, "b")', null],
    ['upper(trim("  a ")) + lower("B")', 'Ab'],
    ['trim("--a-", "-")', 'a'],
    ['join(split("a,b", ","), "+")', 'a+b'],
    ['replace("aaa", "a", "b")', 'bbb'],
    ['fromJSON("{\\"a\\": [1, null]}").a[0]', 1],
    ['type(1) + type(1.0) + type(nil) + type([]) + type("a")', 'intfloatnilarraystring'],
  ])('`%s`', (text, value) => {
    expect(evaluated(text)).toEqual(value);
  });

  test('two predicates inside each other see their own items', () => {
    expect(evaluated('all([[1, 2], [3]], any(#, # > 1))')).toBe(true);
  });
});

describe('an expression that cannot be read says where', () => {
  test.each<[string, number, RegExp]>([
    ['', 1, /empty/],
    ['result >', 9, /the end was not expected/],
    ['result >= 0.95)', 15, /\) was not expected/],
    ['resutl > 1', 1, /unknown name resutl; there is only result/],
    ['lenght(result) > 1', 1, /unknown function lenght/],
    ['result & 1', 8, /unrecognized character "&"/],
    ['"abc', 1, /the text is not closed/],
    ['"\\q"', 1, /unknown escape \\q/],
    ['1 ? 2', 6, /: was expected/],
    ['result.Name() == "hi"', 8, /Name\(\) is not there/],
    ['# > 1', 1, /# was not expected/],
    ['all(result)', 11, /all needs a predicate/],
    ['result matches "("', 16, /\( that nothing closes/],
    ['1 ?? 2 + 3', 8, /cannot be mixed/],
    ['now() > 1', 1, /unknown function now/],
    ['/* open', 1, /not closed/],
    ['1a', 1, /bad number 1a/],
    ['99999999999999999999', 1, /too large/],
    [`${'('.repeat(100)}1${')'.repeat(100)}`, 61, /nested more than/],
    [`1${' + 1'.repeat(600)}`, 1, /more than 1000 parts/],
    [`"${'x'.repeat(5000)}"`, 1, /longer than 4096/],
  ])('`%.40s`', (text, column, message) => {
    const compiled = compileExpr(text);
    if (compiled.ok) throw new TypeError('it was read');
    expect(compiled.message).toMatch(message);
    if (!message.source.includes('parts')) expect(compiled.column).toBe(column);
  });
});

describe('an expression cannot run away', () => {
  test.each([
    ['all(1..1000, all(1..1000, all(1..1000, # > 0)))', /steps/],
    ['1..1000000000', /more than 100000/],
    ['reduce(1..60, #acc + #acc, "aaaa")', /more than 1000000/],
    ['reduce(1..60, concat(#acc, #acc), [1, 2])', /more than 100000|steps/],
    ['reduce(1..20000, uniq(concat(#acc, [#])), [0])', /steps/],
  ])('`%s`', (text, message) => {
    expect(evaluated(text)).toMatch(message);
  });

  test('a pattern that makes other engines run for years ends at once', () => {
    expect(evaluated('result matches "^(a+)+$"', `${'a'.repeat(20_000)}!`)).toBe(false);
    expect(evaluated('result matches "(x+x+)+y"', 'x'.repeat(5000))).toBe(false);
  });

  test('keys of objects that nobody wrote are not there', () => {
    expect(evaluated('result.constructor', {})).toBe(null);
    expect(evaluated('result.__proto__', {})).toBe(null);
    expect(evaluated('{a: 1}.toString')).toBe(null);
    expect(evaluated('result.length', [1])).toMatch(/a list has no string index/);
  });
});
