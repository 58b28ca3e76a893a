import { assert, array, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { cookieOf, simplePattern } from './regex-conditions.ts';

test.each([
  ['insider', { equals: 'insider' }],
  ['^insider$', { equals: 'insider' }],
  [String.raw`1\.0`, { equals: '1.0' }],
  ['^(de|fr)$', { oneOf: ['de', 'fr'] }],
  ['(?:de|fr|it)', { oneOf: ['de', 'fr', 'it'] }],
  ['^Firefox.*', { prefix: 'Firefox' }],
  ['.*Firefox.*', undefined],
  ['.*', undefined],
  ['a|b', undefined],
  ['(a|b.*)', undefined],
  ['^$', undefined],
  ['[ab]', undefined],
  ['1.0', undefined],
])('the pattern %s says %o', (regex, condition) => {
  expect(simplePattern(regex)).toEqual(condition);
});

test.each([
  ['^(.*?;)?(canary=always)(;.*)?$', { name: 'canary', equals: 'always' }],
  [String.raw`^(.*?;\s*)?(type=insider)(;.*)?$`, { name: 'type', equals: 'insider' }],
  ['^(.*?;)?(canary=.*)(;.*)?$', undefined],
  ['canary=always', undefined],
])('the pattern %s over cookies asks for %o', (regex, cookie) => {
  expect(cookieOf(regex)).toEqual(cookie);
});

test('a simple pattern matches exactly what the regular expression matches as a whole', () => {
  const part = constantFrom('a', 'b', '.*', '|', '(', ')', '^', '$', String.raw`\.`, '.', '?');
  const value = array(constantFrom('a', 'b', '.', 'c'), { maxLength: 4 });
  assert(
    property(array(part, { maxLength: 6 }), value, (parts, letters) => {
      const [regex, text] = [parts.join(''), letters.join('')];
      const simple = simplePattern(regex);
      if (!simple) return;
      const matches =
        'equals' in simple
          ? text === simple.equals
          : 'prefix' in simple
            ? text.startsWith(simple.prefix)
            : simple.oneOf.includes(text);
      expect(matches).toBe(new RegExp(`^(?:${regex})$`).test(text));
    }),
    { numRuns: 2000 },
  );
});
