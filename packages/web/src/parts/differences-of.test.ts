import { expect, it } from 'vitest';
import { differencesOf } from './differences-of.ts';

it('two revisions are compared to their last values', () => {
  const before = { env: { LEVEL: 'info', OLD: '1' }, checks: [{ path: '/a' }], same: 1, none: null };
  const after = { env: { LEVEL: 'debug' }, checks: [{ path: '/a' }, { path: '/b' }], same: 1 };
  expect(differencesOf(before, after)).toEqual([
    { path: 'checks[1].path', before: undefined, after: '/b' },
    { path: 'env.LEVEL', before: 'info', after: 'debug' },
    { path: 'env.OLD', before: '1', after: undefined },
  ]);
});
