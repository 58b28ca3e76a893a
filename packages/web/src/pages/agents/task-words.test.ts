import { expect, it } from 'vitest';
import { eventWords, isOver, tasksAddress } from './task-words.ts';

const told = { sequence: 1, at: 0, attempt: 1 };

it.each([
  [{ kind: 'log', level: 'warn', message: 'late' }, 'warn: late'],
  [{ kind: 'progress', part: 0.256, message: 'reading' }, '26 % reading'],
  [
    {
      kind: 'tool-call',
      id: 'a',
      tool: 'search',
      arguments: {},
      state: 'failed',
      result: null,
      error: 'no net',
      durationMs: 3,
    },
    'search failed: no net',
  ],
  [{ kind: 'usage', inputTokens: 5, outputTokens: 2, costMicros: 0 }, '5 tokens in, 2 out'],
] as const)('says in a line what was told: %o', (event, words) => {
  expect(eventWords({ ...told, event })).toBe(words);
});

it('knows what is over, and where an agent is shown', () => {
  expect([isOver('running'), isOver('dead')]).toEqual([false, true]);
  expect(tasksAddress('shop/local/clerk')).toBe('/agents/shop/local/clerk');
});
