import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkDocstrings } from './docstrings.ts';

const problemsOf = (text: string, path = 'packages/core/src/kernel/share.ts'): string[] =>
  checkDocstrings(sourceTreeOf({ [path]: text })).map(({ line, problem }) => `${line} ${problem}`);

test('an export with a full sentence above it passes', () => {
  expect(problemsOf('/** The whole of it, in basis points. */\nexport const whole = 10_000;\n')).toEqual([]);
});

test('a sentence over several lines passes, with tags and paragraphs after it', () => {
  expect(
    problemsOf(
      '/**\n * The whole of it,\n * in basis points.\n *\n * Rejected: per cent\n */\nexport type Whole = number;\n',
    ),
  ).toEqual([]);
});

test.each([
  ['export const whole = 1;\n', '1 `whole` is exported without a docstring'],
  ['// A line comment is no docstring.\nexport function f() {}\n', '2 `f` is exported without a docstring'],
  ['/** The one above. */\nconst a = 1;\nexport const b = a;\n', '3 `b` is exported without a docstring'],
  ['export interface Shape { a: 1 }\n', '1 `Shape` is exported without a docstring'],
  ['export class Thing {}\n', '1 `Thing` is exported without a docstring'],
  ['const a = 1;\nexport { a };\n', '1 `a` is exported without a docstring'],
  ['/** Whole. */\nexport const whole = 1;\n', '2 the docstring of `whole` is not a full sentence'],
  [
    '/** the whole in basis points */\nexport const whole = 1;\n',
    '2 the docstring of `whole` is not a full sentence',
  ],
  ["export * from './split.ts';\n", '1 `export *` makes this file a barrel'],
])('%j is refused', (text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});

test('a local declaration that is exported later carries the sentence itself', () => {
  expect(
    problemsOf('/** The whole of it, in basis points. */\nconst whole = 1;\nexport { whole };\n'),
  ).toEqual([]);
});

test('only the first of several overloads needs the sentence', () => {
  const overloads = [
    '/** Doubles what it is given. */',
    'export function twice(of: string): string;',
    'export function twice(of: number): number;',
    'export function twice(of: never): never { return of; }',
  ];
  expect(problemsOf(overloads.join('\n'))).toEqual([]);
});

test('a schema read as a type needs no second sentence, and the schema needs its own', () => {
  const read =
    'export type Split = z.infer<typeof splitSchema>;\nexport type Arm = Readonly<z.output<typeof armSchema>>;\n';
  expect(problemsOf(read)).toEqual([]);
  expect(problemsOf('export const splitSchema = z.object({});\n')).toHaveLength(1);
  expect(problemsOf('export type Wide = { a: z.infer<typeof splitSchema> };\n')).toHaveLength(1);
});

test('tests may export without a sentence', () => {
  expect(problemsOf('export const a = 1;\n', 'packages/core/src/kernel/share.test.ts')).toEqual([]);
  expect(problemsOf('export const a = 1;\n', 'packages/cli/test/world.ts')).toEqual([]);
});
