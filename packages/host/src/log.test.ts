import { expect, test } from 'vitest';
import { jsonLog, lostLogLines } from './log.ts';

test('lines are JSON objects in the order in which they were given', () => {
  const lines: string[] = [];
  const log = jsonLog({ write: (line) => void lines.push(line), flush: async () => undefined });
  for (let n = 0; n < 20; n++) log('info', 'counted', { n, quote: '"\n' });
  for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1);
  const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(objects[0]).toMatchObject({
    level: 'info',
    message: 'counted',
    quote: '"\n',
    at: expect.any(String),
  });
});

test('a loss is told in a line of the same form', () => {
  expect(JSON.parse(lostLogLines(3, 'ENOSPC'))).toMatchObject({
    level: 'warn',
    message: 'log lines were lost',
    lines: 3,
    reason: 'ENOSPC',
  });
});
