import { expect, it } from 'vitest';
import { total } from '@sluice/core/analysis/histogram.ts';
import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { NO_REPORT } from '@sluice/core/tasks/attempt-report.ts';
import { countsOf } from '@sluice/core/tasks/outcome-counts.ts';
import { type CountedAttempts, taskMetrics } from './task-metrics.ts';

const QUEUE = trackIdFrom('shop/default/triage');
const SECOND = 1_700_000_000_000;
const NOW = SECOND + 10_000;

const observe = async (counted: readonly CountedAttempts[]) => {
  const metrics = taskMetrics({
    read: async () => counted,
    now: () => NOW,
    evaluations: [{ name: 'helpful', least: 0.7 }],
  });
  const seen = await metrics.observe(QUEUE, SECOND);
  if (seen.kind !== 'ticks') throw new TypeError(seen.message);
  return seen.ticks[0]?.arms ?? {};
};

const attempt = (helpful: number, costMicros: number) =>
  countsOf({
    ...{ failureClass: null, costMicros },
    report: { ...NO_REPORT, scores: { helpful }, toolCalls: 2, toolErrors: helpful < 0.5 ? 1 : 0 },
  });
const second = { second: SECOND, attempts: 1, failures: 0, latency: [] };

it('adds up what several servers have counted of a revision: tools, scores below their bar, and cost', async () => {
  const arms = await observe([
    { ...second, revision: 'v1', counts: attempt(0.4, 2_000) },
    { ...second, revision: 'v1', counts: attempt(0.9, 0) },
    { ...second, revision: 'v2', counts: attempt(0.65, 1_000) },
  ]);
  expect(arms['v1']).toMatchObject({
    requests: 2,
    custom: { tools: { trials: 2, events: 1 }, 'score helpful': { trials: 2, events: 1 } },
  });
  expect(arms['v2']?.custom?.['score helpful']).toEqual({ trials: 1, events: 1 });
  expect(total(arms['v1']?.cost ?? [])).toBe(1);
});

it('reads what a server wrote that counted less', async () => {
  const arms = await observe([{ ...second, revision: 'v1', counts: {} }]);
  expect(arms['v1']).toMatchObject({ requests: 1, cost: [], custom: { tools: { trials: 0 } } });
});
