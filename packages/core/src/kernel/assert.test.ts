import { expect, test } from 'vitest';
import { assert, never } from './assert.ts';

test('an assertion that fails says that it is a bug', () => {
  expect(() => assert(false, 'the sum is wrong')).toThrow('bug: the sum is wrong');
  expect(() => assert(1, 'fine')).not.toThrow();
});

test('an impossible value is named with the place where it was met', () => {
  expect(() => never('maybe' as never, 'isOver')).toThrow('bug: isOver met an impossible value "maybe"');
});
