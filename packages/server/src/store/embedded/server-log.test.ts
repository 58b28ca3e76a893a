import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { emptyIfFull, logBytes, logSince, openServerLog } from './server-log.ts';

async function logPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-log-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return join(directory, 'postgresql.log');
}

it('keeps a full log as the previous one and goes on with the file that the server holds open', async () => {
  const path = await logPath();
  const server = await openServerLog(path);
  await server.write('x'.repeat(100));
  await emptyIfFull(path, 99);
  await server.write('after');
  await server.close();
  expect(await readFile(path, 'utf8')).toBe('after');
  expect((await stat(`${path}.1`)).size).toBe(100);
});

it('leaves a log alone that is not full', async () => {
  const path = await logPath();
  await writeFile(path, 'short');
  await emptyIfFull(path, 5);
  expect(await readFile(path, 'utf8')).toBe('short');
});

it('sets a full log aside before the next start', async () => {
  const path = await logPath();
  await writeFile(path, Buffer.alloc(5 * 1024 * 1024));
  await (await openServerLog(path)).close();
  expect(await logBytes(path)).toBe(0);
  expect(await logBytes(`${path}.1`)).toBe(5 * 1024 * 1024);
});

it('shows what was logged since a start, and of much only the end', async () => {
  const path = await logPath();
  await writeFile(path, 'earlier\n');
  const before = await logBytes(path);
  await appendFile(path, 'FATAL: later\n');
  expect(await logSince(path, before)).toBe('FATAL: later');
  await appendFile(path, `${'y'.repeat(5_000)} the end\n`);
  const excerpt = await logSince(path, before);
  expect(excerpt).toMatch(/^y+ the end$/);
  expect(excerpt.length).toBeLessThanOrEqual(2_000);
});
