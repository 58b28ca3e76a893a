import { expect, it } from 'vitest';
import { plainWords } from './field-faults.ts';

it.each([
  ['is missing', 'is missing'],
  ['invalid string: must match pattern /^[a-z]$/', 'is not written as it has to be'],
  ['invalid input: expected string, received number', 'expected string, received number'],
  ['says nothing', 'says nothing'],
])('what a schema says is told without its pattern: %s', (detail, words) => {
  expect(plainWords(detail)).toBe(words);
});
