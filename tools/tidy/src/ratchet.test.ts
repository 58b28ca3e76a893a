import { expect, test } from 'vitest';
import { measureTree } from './measure.ts';
import { compareWithRatchet, lowerRatchet, parseRatchet, renderRatchet, slackOf } from './ratchet.ts';
import { sourceTreeOf } from './source-tree.ts';

const cycle = {
  file: 'packages/a.ts',
  line: 3,
  rule: 'import(no-cycle)',
  problem: 'cycle',
  remedy: 'break it',
};

const measures = measureTree(
  sourceTreeOf({
    'packages/core/src/kernel/a.ts': 'export const a = 1;\nexport const b = () => {\n  return a;\n};\n',
    'packages/core/src/kernel/b.ts': 'export interface B { c: 1 }\nconst d = 1;\nexport { d, d as e };\n',
    'packages/core/src/kernel/a.test.ts': `${'run(() => {\n'.repeat(4)}${'});\n'.repeat(4)}`,
  }),
  [],
);

test('the tree is measured by its longest file, longest function, most exports and cycles', () => {
  expect(measures).toEqual([
    { name: 'longest-file', value: 8, file: 'packages/core/src/kernel/a.test.ts', line: 1 },
    { name: 'longest-function', value: 3, file: 'packages/core/src/kernel/a.ts', line: 2 },
    { name: 'most-exports', value: 3, file: 'packages/core/src/kernel/b.ts', line: 1 },
    { name: 'import-cycles', value: 0, file: '-', line: 1 },
  ]);
});

test('cycles are what the linter found', () => {
  expect(measureTree(sourceTreeOf({}), [cycle]).at(-1)).toMatchObject({
    value: 1,
    file: 'packages/a.ts',
    line: 3,
  });
});

const ratchetOf = (file: number): string =>
  `# for people\nlongest-file ${file}\nlongest-function 3\nmost-exports 3\nimport-cycles 0\n`;

test('values at or below the ratchet pass', () => {
  expect(compareWithRatchet(measures, parseRatchet(ratchetOf(8)))).toEqual([]);
  expect(compareWithRatchet(measures, parseRatchet(ratchetOf(9)))).toEqual([]);
});

test('a value above the ratchet is refused at the place that has it', () => {
  expect(compareWithRatchet(measures, parseRatchet(ratchetOf(7)))).toMatchObject([
    { file: 'packages/core/src/kernel/a.test.ts', line: 1, problem: 'longest-file would rise from 7 to 8' },
  ]);
});

test('a ratchet that lost a line does not open the gate', () => {
  expect(compareWithRatchet(measures, parseRatchet('longest-file 8\n'))).toHaveLength(3);
});

test('an update lowers what became better and raises nothing', () => {
  const lowered = lowerRatchet(
    measures,
    parseRatchet(ratchetOf(7).replace('most-exports 3', 'most-exports 9')),
  );
  expect(lowered.map(({ name, value }) => `${name} ${value}`)).toEqual([
    'longest-file 7',
    'longest-function 3',
    'most-exports 3',
    'import-cycles 0',
  ]);
});

test('slack is what an update would lower', () => {
  expect(slackOf(measures, parseRatchet(ratchetOf(9))).map(({ name }) => name)).toEqual(['longest-file']);
});

test('what is rendered is read back', () => {
  expect(parseRatchet(renderRatchet(measures))).toEqual(parseRatchet(ratchetOf(8)));
});
