import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rotateLog } from './rotate-log.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-logs-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('a log is rotated only when it has outgrown the limit, and the oldest falls away', async () => {
  const directory = await folder();
  const path = join(directory, '0.log');
  for (const text of ['one\n', 'two\n', 'three\n', 'four\n']) {
    await writeFile(path, text);
    expect(await rotateLog(path, text.length)).toBe(false);
    expect(await rotateLog(path, text.length - 1)).toBe(true);
  }
  expect((await readdir(directory)).sort()).toEqual(['0.log', '0.log.1', '0.log.2']);
  expect(await readFile(`${path}.2`, 'utf8')).toBe('three\n');
  expect(await readFile(`${path}.1`, 'utf8')).toBe('four\n');
  expect(await readFile(path, 'utf8')).toBe('');
});
