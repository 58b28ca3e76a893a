import { expect, test } from 'vitest';
import { createLog } from './log.ts';

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
