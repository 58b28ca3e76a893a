import { expect, test } from 'vitest';
import { preferredType } from './preferred-type.ts';

const offered = ['application/json', 'text/markdown'] as const;

test.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['text/markdown', 'text/markdown'],
  ['text/*', 'text/markdown'],
  ['TEXT/MARKDOWN', 'text/markdown'],
  ['application/json;q=0.5, text/markdown', 'text/markdown'],
  ['text/markdown;q=0.2, */*;q=0.1', 'text/markdown'],
  ['application/json;q=0, */*', 'text/markdown'],
  ['text/html', undefined],
  ['application/json;q=0', undefined],
  ['application/json;q=banana', undefined],
])('Accept %s chooses %s', (accept, type) => {
  expect(preferredType(accept, offered)).toBe(type);
});
