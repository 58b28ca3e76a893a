import { expect, it } from 'vitest';
import { cookieValue } from './cookie.ts';

it.each([
  ['a=1', 'a', '1'],
  ['a=1; b=2', 'b', '2'],
  ['a=1;b=2', 'b', '2'],
  ['ab=1; b=2', 'b', '2'],
  ['b=1; b=2', 'b', '1'],
  ['a=; b=2', 'a', ''],
  ['a=x=y', 'a', 'x=y'],
  [' ;; a=1 ;', 'a', '1'],
  ['a=1', 'b', undefined],
  ['b', 'b', undefined],
  ['', 'a', undefined],
  ['   ', 'a', undefined],
])('in %j the cookie %s is %j', (header, name, expected) => {
  expect(cookieValue(header, name)).toBe(expected);
});
