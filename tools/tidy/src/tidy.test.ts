import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tidy } from './tidy.ts';

const repository = new URL('../../../', import.meta.url).pathname;
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidy-'));
  copyFileSync(join(repository, '.oxlintrc.json'), join(root, '.oxlintrc.json'));
  copyFileSync(join(repository, 'tsconfig.base.json'), join(root, 'tsconfig.base.json'));
  write('tsconfig.json', '{ "extends": "./tsconfig.base.json", "include": ["packages"] }');
  write('tools/tidy/ratchet.txt', 'longest-file 500\nlongest-function 70\nmost-exports 5\nimport-cycles 0\n');
  write('packages/core/package.json', '{ "name": "@sluice/core" }');
  write(
    'packages/host/package.json',
    '{ "name": "@sluice/host", "dependencies": { "@sluice/core": "0.1.0" } }',
  );
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const found = (): string[] =>
  tidy(root, { update: false }).findings.map(
    ({ file, line, rule }) => `${file.split('/').at(-1)}:${line} ${rule}`,
  );

const clean =
  '/** Adds one to a count of instances. */\nexport const next = (count: number): number => count + 1;\n';

test('clean code passes', () => {
  write('packages/core/src/kernel/next.ts', clean);
  expect(found()).toEqual([]);
});

test('core may not read a clock, be random, print, wait or touch Node', () => {
  const lines = [
    "import { readFileSync } from 'node:fs';",
    '/** Everything that core must not do. */',
    'export const impure = (): unknown[] => [',
    '  Date.now(),',
    '  Math.random(),',
    '  setTimeout(() => 1, 1),',
    '  process.pid,',
    '  console,',
    '  performance.now(),',
    '  crypto.randomUUID(),',
    '  globalThis,',
    "  readFileSync('x'),",
    '];',
  ];
  write('packages/core/src/kernel/impure.ts', lines.join('\n'));
  const global = (line: number): string => `impure.ts:${line} eslint(no-restricted-globals)`;
  expect(found()).toEqual([
    'impure.ts:1 eslint(no-restricted-imports)',
    global(4),
    'impure.ts:5 eslint(no-restricted-properties)',
    ...[6, 7, 8, 9, 10, 11].map(global),
  ]);
});

test('promises that nobody awaits are found with the help of types', () => {
  const lines = [
    'const send = (): Promise<void> => Promise.resolve();',
    '/** Forgets two promises. */',
    'export const forget = (): void => {',
    '  send();',
    '  [1].forEach(async () => send());',
    '};',
  ];
  write('packages/host/src/forget.ts', lines.join('\n'));
  expect(found()).toEqual([
    'forget.ts:4 typescript(no-floating-promises)',
    'forget.ts:5 typescript(no-misused-promises)',
  ]);
});

test('long files, long functions, any, default exports, namespaces, prints and odd names are refused', () => {
  write('packages/host/src/long.ts', `${clean}${'// x\n'.repeat(499)}`);
  write(
    'packages/host/src/tall.ts',
    `/** Is too long by one. */\nexport const tall = (): void => {\n${'\n'.repeat(69)}};\n`,
  );
  write(
    'packages/host/src/loose.ts',
    '/** Takes whatever comes. */\nexport const loose = (x: any): unknown => x;\n',
  );
  write('packages/host/src/standard.ts', 'export default 1;\n');
  write('packages/host/src/old.ts', 'export namespace Old {\n  export const a = 1;\n}\n');
  write(
    'packages/host/src/loud.ts',
    "/** Prints a line. */\nexport const loud = (): void => console.log('x');\n",
  );
  write('packages/host/src/OddName.ts', clean);
  expect(found()).toEqual([
    'OddName.ts:1 unicorn(filename-case)',
    'long.ts:1 ratchet',
    expect.stringMatching(/^long\.ts:\d+ eslint\(max-lines\)$/),
    'loose.ts:2 typescript(no-explicit-any)',
    'loud.ts:2 eslint(no-console)',
    'old.ts:1 typescript(no-namespace)',
    'standard.ts:1 import(no-default-export)',
    'tall.ts:2 eslint(max-lines-per-function)',
    'tall.ts:2 ratchet',
  ]);
});

test('files that import each other are refused, even for types only', () => {
  write(
    'packages/host/src/chicken.ts',
    "import type { Egg } from './egg.ts';\n/** Lays an egg. */\nexport type Chicken = Egg[];\n",
  );
  write(
    'packages/host/src/egg.ts',
    "import type { Chicken } from './chicken.ts';\n/** Holds a chicken. */\nexport type Egg = Chicken[];\n",
  );
  expect(found()).toEqual([
    'chicken.ts:1 import(no-cycle)',
    'chicken.ts:1 ratchet',
    'egg.ts:1 import(no-cycle)',
  ]);
});

test('a driver of the database is refused outside the store', () => {
  write('packages/server/package.json', '{ "name": "@sluice/server", "dependencies": { "pg": "1" } }');
  const text =
    "import { Pool } from 'pg';\n/** Opens a pool of connections. */\nexport const open = (): unknown => new Pool();\n";
  write('packages/server/src/rollouts/open.ts', text);
  write('packages/server/src/store/open.ts', text);
  expect(found()).toEqual(['open.ts:1 eslint(no-restricted-imports)']);
});

test('an only that was left in a test is refused', () => {
  write('packages/host/src/a.test.ts', "import { test } from 'vitest';\ntest.only('a', () => {});\n");
  write('package.json', '{ "name": "sluice", "devDependencies": { "vitest": "5" } }');
  expect(found()).toEqual(['a.test.ts:2 vitest(no-focused-tests)']);
});

test('a file that does not parse is the only complaint', () => {
  write('packages/host/src/torn.ts', 'export const = 1;\n');
  expect(found()).toEqual(['torn.ts:1 syntax']);
});

test('the command prints the place and the remedy, and fails', () => {
  write('packages/host/src/utils.ts', clean);
  const run = spawnSync(process.execPath, [join(repository, 'tools/tidy/src/main.ts'), '--root', root], {
    encoding: 'utf8',
  });
  expect(run.stdout).toContain(
    'packages/host/src/utils.ts:1  empty-name: `utils` in `utils` does not say what is inside\n    do: name it',
  );
  expect(run.stdout).toContain('tidy: 1 to mend');
  expect(run.status).toBe(1);
});

test('--update lowers the ratchet to what is there and the next rise is refused', () => {
  write('packages/core/src/kernel/next.ts', clean);
  expect(tidy(root, { update: true }).findings).toEqual([]);
  expect(readFileSync(join(root, 'tools/tidy/ratchet.txt'), 'utf8')).toMatch(
    /^longest-file +2 {2}packages\/core/m,
  );
  write('packages/core/src/kernel/next.ts', `${clean}\n`);
  expect(found()).toEqual(['next.ts:1 ratchet']);
});
