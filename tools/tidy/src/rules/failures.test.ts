import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkFailures } from './failures.ts';

const linesOf = (text: string, path: string): number[] =>
  checkFailures(sourceTreeOf({ [path]: text })).map(({ line }) => line);

test('a bare Error is refused in a package', () => {
  expect(
    linesOf("export function f() {\n  throw new Error('no');\n}\n", 'packages/host/src/router/proxy.ts'),
  ).toEqual([2]);
});

test.each([
  ["throw new SluiceError('conflict', 'x', { next: 'stop' });", 'packages/host/src/router/proxy.ts'],
  ['if (thrown instanceof Error) log(thrown);', 'packages/host/src/router/proxy.ts'],
  ["throw new Error('x');", 'packages/core/src/kernel/assert.ts'],
  ["throw new Error('x');", 'packages/host/src/router/proxy.test.ts'],
  ["throw new Error('x');", 'tools/codegen/src/main.ts'],
])('%s passes in %s', (text, path) => {
  expect(linesOf(text, path)).toEqual([]);
});
