import { expect, test } from 'vitest';
import { linearPattern } from './linear-pattern.ts';

test.each<[string, string, boolean]>([
  ['abc', 'xxabcxx', true],
  ['^abc$', 'abcd', false],
  ['a.c', 'a\nc', false],
  ['(?s)a.c', 'a\nc', true],
  ['(?i)ABC', 'xaBc', true],
  ['(?m)^b$', 'a\nb\nc', true],
  ['colou?r', 'color', true],
  ['^(foo|bar)-\\d{2,3}$', 'bar-1234', false],
  ['^(foo|bar)-\\d{2,3}$', 'foo-123', true],
  ['^a{2}$', 'aaa', false],
  ['^a{2,}$', 'aaaa', true],
  ['[^a-c]', 'abc', false],
  ['[^a-c]', 'abcd', true],
  ['^[\\w.-]+@[[:alnum:]]+$', 'a.b-c@host1', true],
  ['^[]-]+$', ']-', true],
  ['^\\D+$', 'ab1', false],
  ['\\bcat\\b', 'a cat sat', true],
  ['\\bcat\\b', 'concatenate', false],
  ['^(?:a|b)*?c$', 'ababc', true],
  ['^(?P<name>x)+$', 'xx', true],
  ['', 'anything', true],
  ['a||b', '', true],
  ['^(a*)*$', 'aaab', false],
  ['ä+', 'xää', true],
  ['\\.\\*', 'a.*', true],
  ['^.$', '😀', true],
])('%s over %j: %s', (pattern, text, found) => {
  expect(linearPattern(pattern).test(text)).toBe(found);
  if (
    !pattern.includes('[[:') &&
    !pattern.startsWith('(?') &&
    !pattern.includes('?P<') &&
    pattern !== '^[]-]+$'
  )
    expect(new RegExp(pattern, 'u').test(text)).toBe(found);
});

test.each([
  ['(', /\( that nothing closes/],
  ['a)', /\) that nothing opened/],
  ['[a', /\[ that nothing closes/],
  ['*a', /nothing to repeat/],
  ['a(?=b)', /RE2 does not have/],
  ['a{1001}', /more than 1000/],
  ['a{3,2}', /no number meets/],
  ['(a{100}){100}', /too large/],
  ['\\p', /escape/],
  ['[z-a]', /holds nothing/],
  ['x'.repeat(501), /longer than 500/],
  [`${'('.repeat(40)}${')'.repeat(40)}`, /too deeply/],
])('%.20s is refused', (pattern, message) => {
  expect(() => linearPattern(pattern)).toThrow(message);
});
