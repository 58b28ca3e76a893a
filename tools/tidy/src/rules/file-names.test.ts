import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkFileNames } from './file-names.ts';

const rulesBrokenBy = (path: string): string[] =>
  checkFileNames(sourceTreeOf({ [path]: '' })).map(({ rule }) => rule);

test.each([
  ['packages/core/src/kernel/hash.ts', []],
  ['packages/core/src/a/b/c/d/deep.ts', []],
  ['packages/core/src/traffic/data-plane.ts', []],
  ['packages/server/src/targets/target.contract.ts', []],
  ['packages/core/src/kernel/metadata.ts', []],
  ['packages/core/src/kernel/index.ts', ['no-barrel']],
  ['packages/core/src/a/b/c/d/e/deep.ts', ['folder-depth']],
  ['packages/core/src/Kernel/hash.ts', ['kebab-case']],
  ['packages/core/src/kernel/utils.ts', ['empty-name']],
  ['packages/core/src/kernel/string-helper.ts', ['empty-name']],
  ['packages/core/src/kernel/data.test.ts', ['empty-name']],
  ['packages/core/src/common/hash.ts', ['empty-name']],
  ['packages/server/src/loop/rollout-manager.ts', ['empty-name']],
  ['tools/tidy/src/info.ts', ['empty-name']],
])('%s breaks %j', (path, broken) => {
  expect(rulesBrokenBy(path)).toEqual(broken);
});
