import { expect, it } from 'vitest';
import { covers, normalPrefix } from './path-prefix.ts';

it.each([
  ['/', '/', true],
  ['/', '/a/b', true],
  ['/api', '/api', true],
  ['/api', '/api/', true],
  ['/api', '/api/x', true],
  ['/api', '/apix', false],
  ['/api', '/ap', false],
  ['/api', '/x/api', false],
  ['/API', '/api', false],
])('the prefix %s and the path %s: %s', (prefix, path, expected) => {
  expect(covers(prefix, path)).toBe(expected);
});

it('a slash at the end of a route says nothing', () => {
  expect(['/', '/api', '/api/'].map(normalPrefix)).toEqual(['/', '/api', '/api']);
});
