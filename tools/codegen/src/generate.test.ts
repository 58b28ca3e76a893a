import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generate } from './generate.ts';
import type { Generator } from './generator.ts';
import { lineDifference } from './line-difference.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codegen-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const list: Generator = { path: 'docs/reference/list.md', produce: () => 'one\ntwo\n' };

test('a missing file is written, folders and all', async () => {
  expect(await generate(root, [list], { check: false })).toMatchObject([{ path: list.path }]);
  expect(readFileSync(join(root, list.path), 'utf8')).toBe('one\ntwo\n');
});

test('an up-to-date file is left alone and not reported', async () => {
  await generate(root, [list], { check: false });
  expect(await generate(root, [list], { check: true })).toEqual([]);
});

test('a check reports a stale file with its difference and writes nothing', async () => {
  await generate(root, [list], { check: false });
  writeFileSync(join(root, list.path), 'one\nthree\n');
  expect(await generate(root, [list], { check: true })).toMatchObject([
    { path: list.path, difference: expect.stringContaining('+two') },
  ]);
  expect(readFileSync(join(root, list.path), 'utf8')).toBe('one\nthree\n');
});

test('a check reports a missing file and does not create it', async () => {
  expect(await generate(root, [list], { check: true })).toHaveLength(1);
  expect(existsSync(join(root, list.path))).toBe(false);
});

test('a generator may take its time', async () => {
  const slow: Generator = { path: 'slow.txt', produce: async () => 'made\n' };
  await generate(root, [slow], { check: false });
  expect(readFileSync(join(root, 'slow.txt'), 'utf8')).toBe('made\n');
});

test('a difference shows what goes and what comes with two lines around it', () => {
  expect(lineDifference('a\nb\nc\nd\ne\nf', 'a\nb\nc\nD\ne\nf').split('\n').sort()).toEqual(
    [' b', ' c', '-d', '+D', ' e', ' f'].sort(),
  );
  expect(lineDifference('same', 'same')).toBe('');
});

test('a long difference is cut', () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\n');
  expect(lineDifference('', lines)).toMatch(/… \d+ more lines$/);
});
