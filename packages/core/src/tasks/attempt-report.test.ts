import { expect, it } from 'vitest';
import { costMicros, FREE, MOST_COST_MICROS } from './attempt-report.ts';

const prices = { inputTokens: 3, outputTokens: 15, second: 0.0001 };

it('costs its tokens by the million, and its seconds', () => {
  const usage = { inputTokens: 2_000, outputTokens: 100, costMicros: 0 };
  // 6,000 + 1,500 millionths for the tokens, 200 for two seconds.
  expect(costMicros(prices, usage, 2_000)).toBe(7_700);
});

it('believes the worker that knows what its model cost', () => {
  const usage = { inputTokens: 2_000, outputTokens: 100, costMicros: 40 };
  expect(costMicros(prices, usage, 2_000)).toBe(240);
});

it('costs nothing without prices', () => {
  expect(costMicros(FREE, { inputTokens: 1e6, outputTokens: 1e6, costMicros: 0 }, 60_000)).toBe(0);
});

it.each([
  ['a cost', { inputTokens: 0, outputTokens: 0, costMicros: 2 ** 64 }],
  ['tokens', { inputTokens: 2 ** 64, outputTokens: 2 ** 64, costMicros: 0 }],
])('counts as no more than can be added up, whatever the worker says: %s', (_, usage) => {
  expect(costMicros(prices, usage, 2_000)).toBe(MOST_COST_MICROS);
});
