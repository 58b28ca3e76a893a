import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkSyntax } from './syntax.ts';

test('a file that does not parse is reported with the line, one that does is not', () => {
  const tree = sourceTreeOf({
    'packages/core/src/kernel/good.ts': 'export const a = 1 satisfies number;\n',
    'packages/core/src/kernel/torn.ts': 'export const a = 1;\nexport const b = ;\n',
  });
  expect(checkSyntax(tree)).toMatchObject([{ file: 'packages/core/src/kernel/torn.ts', line: 2 }]);
});
