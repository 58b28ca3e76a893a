import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkPureCore } from './pure-core.ts';

const linesOf = (text: string, path = 'packages/core/src/kernel/share.ts'): number[] =>
  checkPureCore(sourceTreeOf({ [path]: text })).map(({ line }) => line);

test.each([
  ['export async function f() {}', [1]],
  ['const f = async () => 1;', [1]],
  ['const o = {\n  async f() {},\n};', [2]],
  ['await 1;', [1]],
  ['export function* f() { yield 1; }', []],
])('%j is refused in core at lines %j', (text, lines) => {
  expect(linesOf(text)).toEqual(lines);
});

test('other packages and the tests of core may wait', () => {
  expect(linesOf('await 1;', 'packages/host/src/main.ts')).toEqual([]);
  expect(linesOf('await 1;', 'packages/core/src/kernel/share.test.ts')).toEqual([]);
});
