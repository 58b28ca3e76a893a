import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeExit } from './last-exit.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-last-exit-'));
  file = join(folder, '0.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const EARLIER = 'Error: an earlier start\n    at earlier (file.js:1:1)\n';
const STARTED_AT = 1_768_478_400_000;

/** What is said of an exit whose log was last written a second after the start, or when told otherwise. */
async function told(text: string, from: number | null, writtenAfterMs = 1000): Promise<string> {
  await writeFile(file, text);
  const seconds = (STARTED_AT + writtenAfterMs) / 1000;
  await utimes(file, seconds, seconds);
  return describeExit('exit code 1', { file, from, startedAt: STARTED_AT }, {}, {});
}

test('the line that names an error is quoted, not the stack below it', async () => {
  const crash = 'listening\nTypeError: no such thing\n    at run (file.js:1:1)\n\nNode.js v24.0.0\n';
  expect(await told(crash, 0)).toBe('exit code 1: TypeError: no such thing');
  expect(await told('one\ntwo\n', 0)).toBe('exit code 1: two');
});

test('what an earlier start wrote is not quoted', async () => {
  expect(await told(EARLIER, EARLIER.length)).toBe('exit code 1');
  expect(await told(`${EARLIER}listening\n`, EARLIER.length)).toBe('exit code 1: listening');
});

test('a log that was rotated since the start is all of this start', async () => {
  expect(await told('panic: boom\n', 5000)).toBe('exit code 1: panic: boom');
});

test('of an adopted process only the very end is quoted, and only when it wrote anything', async () => {
  expect(await told(`${EARLIER}listening\n`, null)).toBe('exit code 1: listening');
  expect(await told(EARLIER, null, -1000)).toBe('exit code 1');
});

test('of a line of which only the end is read nothing is quoted: a secret may stand there in part', async () => {
  expect(await told(`password=hunter2 denied ${'x'.repeat(64 * 1024 - 10)}\n`, 0)).toBe('exit code 1');
});

test('an exit without a log is told all the same', async () => {
  expect(await describeExit('signal SIGKILL', { file, from: 0, startedAt: STARTED_AT }, {}, {})).toBe(
    'signal SIGKILL',
  );
});
