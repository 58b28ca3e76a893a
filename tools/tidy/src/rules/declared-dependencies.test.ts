import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkDeclaredDependencies } from './declared-dependencies.ts';

const manifests = {
  'package.json': '{ "name": "sluice", "devDependencies": { "vitest": "5.1.0" } }',
  'packages/core/package.json': '{ "name": "@sluice/core" }',
  'packages/host/package.json':
    '{ "name": "@sluice/host", "dependencies": { "@sluice/core": "0.1.0", "undici": "8.12.4" } }',
  'packages/server/package.json': '{ "name": "@sluice/server" }',
};

const problemsOf = (path: string, text: string): string[] =>
  checkDeclaredDependencies(sourceTreeOf({ ...manifests, [path]: text })).map(({ problem }) => problem);

test.each([
  ['packages/host/src/a.ts', "import { request } from 'undici';"],
  ['packages/host/src/a.ts', "import { hashText } from '@sluice/core/kernel/hash.ts';"],
  ['packages/host/src/a.ts', "import { join } from 'node:path'; import { b } from './b.ts';"],
  ['packages/host/src/a.ts', "import { c } from '@sluice/host/c.ts';"],
  ['packages/host/src/a.test.ts', "import { test } from 'vitest';"],
])('%s: %s passes', (path, text) => {
  expect(problemsOf(path, text)).toEqual([]);
});

test.each([
  ['packages/host/src/a.ts', "import { z } from 'zod';", '@sluice/host imports zod and does not declare it'],
  [
    'packages/host/src/a.ts',
    "import type { Pool } from '@scope/name/deep';",
    '@sluice/host imports @scope/name and does not declare it',
  ],
  [
    'packages/core/src/a.ts',
    "await import('undici');",
    '@sluice/core imports undici and does not declare it',
  ],
  [
    'packages/server/src/a.ts',
    "import { a } from '@sluice/core/a.ts';",
    '@sluice/server imports @sluice/core and does not declare it',
  ],
  [
    'packages/host/src/a.ts',
    "import { test } from 'vitest';",
    '@sluice/host imports vitest and does not declare it',
  ],
])('%s: %s is refused', (path, text, problem) => {
  expect(problemsOf(path, text)).toEqual([problem]);
});
