import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLog, openLog } from './log.ts';

function collectingLog(level: 'info' | 'debug' = 'info') {
  const lines: string[] = [];
  const log = createLog({ level, destination: { write: (line: string) => void lines.push(line) } });
  return { log, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('an entry is one JSON object with a constant message, the level in words and the time in UTC', () => {
  const { log, entries } = collectingLog();
  log.info({ track: 'shop/production/web' }, 'track committed');
  expect(entries()).toMatchObject([
    { level: 'info', msg: 'track committed', track: 'shop/production/web', process: 'server' },
  ]);
  expect(String(entries()[0]?.time)).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
});

test('secrets are hidden, at the top and two levels down', () => {
  const { log, entries } = collectingLog();
  log.info({ token: 'abc', request: { headers: { authorization: 'Bearer abc', host: 'a' } } }, 'seen');
  expect(entries()).toMatchObject([
    { token: '[hidden]', request: { headers: { authorization: '[hidden]', host: 'a' } } },
  ]);
});

test('what lies below the level is not written', () => {
  const { log, entries } = collectingLog();
  log.debug('detail');
  expect(entries()).toEqual([]);
});

test('the log of a process goes to its file, and what a burst has lost is told in a line like all others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-log-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'server.log');
  const { log, flush } = openLog(path);
  for (let n = 0; n < 1500; n++) log.info({ padding: 'x'.repeat(1000) }, 'flood');
  await flush(20_000);
  const entries = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = entries.filter(({ msg }) => msg === 'log lines were lost');
  expect(told).toMatchObject([{ level: 'warn', process: 'server', reason: expect.any(String) }]);
  expect(told[0]?.['lines']).toBe(1500 - (entries.length - 1));
});
