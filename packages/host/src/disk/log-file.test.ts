import { writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateLog } from '@sluice/protocol/process/rotate-log.ts';
import { expect, onTestFinished, test } from 'vitest';
import { openLog, pruneLogs, readTail, RETIRED_LOGS_KEPT } from './log-file.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-logs-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('a writer that has the log open goes on at its new end', async () => {
  const path = join(await folder(), 'deep', '0.log');
  const log = await openLog(path);
  writeSync(log.fd, 'before\n');
  await rotateLog(path, 1);
  writeSync(log.fd, 'after\n');
  await log.close();
  expect(await readFile(path, 'utf8')).toBe('after\n');
});

test('the last lines reach into the older file, and no further', async () => {
  const path = join(await folder(), '0.log');
  await writeFile(`${path}.2`, 'oldest\n');
  await writeFile(`${path}.1`, 'a\nb\n');
  await writeFile(path, 'c\nd');
  expect(await readTail(path, 1)).toEqual(['d']);
  expect(await readTail(path, 3)).toEqual(['b', 'c', 'd']);
  expect(await readTail(path, 9)).toEqual(['a', 'b', 'c', 'd']);
  expect(await readTail(`${path}-absent`, 9)).toEqual([]);
});

test('every line is whole: of what the limit or a rotation divides no part is shown', async () => {
  const path = join(await folder(), '0.log');
  await writeFile(path, `password=hunter2 ${'x'.repeat(1024 * 1024 - 10)}\nlast\n`);
  expect(await readTail(path, 9)).toEqual(['last']);
  await writeFile(`${path}.1`, 'before\npassword=hun');
  await writeFile(path, 'ter2\nlast\n');
  expect(await readTail(path, 9)).toEqual(['before', 'password=hunter2', 'last']);
  expect(await readTail(path, 2)).toEqual(['password=hunter2', 'last']);
  expect(await readTail(path, 1)).toEqual(['last']);
});

test('the oldest folders of retired revisions are removed, those of running ones never', async () => {
  const directory = await folder();
  for (let age = 0; age <= RETIRED_LOGS_KEPT; age++) {
    const path = join(directory, `web-${age}`);
    await mkdir(path);
    await utimes(path, 1000 - age, 1000 - age);
  }
  await mkdir(join(directory, 'running'));
  await utimes(join(directory, 'running'), 1, 1);
  await pruneLogs(directory, new Set(['running']));
  const kept = await readdir(directory);
  expect(kept).toHaveLength(RETIRED_LOGS_KEPT + 1);
  expect(kept).toContain('running');
  expect(kept).not.toContain(`web-${RETIRED_LOGS_KEPT}`);
});
