import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { jsonLog } from './log.ts';

async function file(): Promise<{ path: string; fd: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-log-'));
  const path = join(folder, 'out');
  const fd = openSync(path, 'a+');
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return { path, fd };
}
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('lines are JSON objects in the order in which they were given', async () => {
  const { path, fd } = await file();
  const log = jsonLog(fd);
  for (let n = 0; n < 20; n++) log('info', 'counted', { n, quote: '"\n' });
  await expect.poll(() => linesOf(path).length).toBe(20);
  expect(linesOf(path).map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(linesOf(path)[0]).toMatchObject({
    level: 'info',
    message: 'counted',
    quote: '"\n',
    at: expect.any(String),
  });
});

test('what nobody takes is dropped beyond a limit, and the loss is told', async () => {
  const { path, fd } = await file();
  const log = jsonLog(fd);
  // All in one turn of the event loop: the first is on its way, a thousand wait, the rest is lost.
  for (let n = 0; n < 1500; n++) log('info', 'flood', { n });
  await expect.poll(() => linesOf(path).length).toBe(1001);
  log('info', 'after');
  await expect.poll(() => linesOf(path).at(-1)).toMatchObject({ message: 'after', droppedLines: 499 });
});

test('a reader that is gone does not disturb the writer', () => {
  const log = jsonLog(999_999);
  expect(() => log('info', 'into the void')).not.toThrow();
});
