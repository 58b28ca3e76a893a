import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkModuleEffects } from './module-effects.ts';

const linesOf = (text: string, path = 'packages/core/src/kernel/share.ts'): number[] =>
  checkModuleEffects(sourceTreeOf({ [path]: text })).map(({ line }) => line);

test('declarations, types and constants with values are no effects', () => {
  expect(
    linesOf(
      "import { a } from './a.ts';\nconst b = new Map([[1, a]]);\ntype C = 1;\nexport function d() { b.clear(); }\n",
    ),
  ).toEqual([]);
});

test.each([
  ['export const a = 1;\nregister(a);\n', 2],
  ['export const a = new Map();\nfor (const b of [1]) a.set(b, b);\n', 2],
  ['if (globalThis) throw 1;\nexport const a = 1;\n', 1],
  ['export const a = 1;\nawait a;\n', 2],
])('%j runs at import and is refused', (text, line) => {
  expect(linesOf(text)).toEqual([line]);
});

test('a file that exports nothing is an entry point and may do things', () => {
  expect(linesOf("import { run } from './run.ts';\nawait run();\n")).toEqual([]);
});

test('tests may do things', () => {
  expect(linesOf('export const a = 1;\nrun(a);\n', 'packages/core/src/kernel/share.test.ts')).toEqual([]);
});
