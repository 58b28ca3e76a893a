import { expect, test } from 'vitest';
import { dearestFirst } from './dearest-first.ts';

const placed = (text: string) => {
  const [group, path = ''] = text.split(' ');
  return { group: Number(group), path };
};

test('what takes longest begins first, and no group before its turn', () => {
  const killed = '/any/folder/packages/cli/test/control-plane-killed.test.ts';
  const judge = '/any/folder/packages/core/src/analysis/judge-simulation.test.ts';
  expect(dearestFirst([`0 /b.ts`, `0 ${judge}`, '0 /a.ts', '1 /c.ts', `1 ${killed}`], placed)).toEqual([
    `0 ${judge}`,
    ...['0 /b.ts', '0 /a.ts'],
    `1 ${killed}`,
    '1 /c.ts',
  ]);
});
