import type { Tick } from '@sluice/core/analysis/tick.ts';
import type { ObservedMetrics } from '@sluice/core/rollout/observation.ts';
import { stableWorld, type TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { describe, expect, it } from 'vitest';
import { componentOf, kubernetesFile } from '../../test/parsed-file.ts';

const NOTHING = { requests: 0, errors: 0, latency: [] };
const strategyOf = (metrics: string, analysis = '') =>
  componentOf(
    kubernetesFile(
      `strategy: careful, instances: 4, kubernetes: { metrics: ${metrics} }`,
      `strategies: { careful: { canary: { phases: [ { share: 25%, hold: 5m } ] } } }\n${analysis}`,
    ),
  ).strategy;
const silenceOf = (metrics: string, analysis = ''): number =>
  strategyOf(metrics, analysis).analysis.judge.noDataAfterMs;
const scraped = (keys: string): string => `{ prometheus: "http://p:9090", ${keys} }`;

/** What a Prometheus says now: whole ticks that ended so long ago that each pod was scraped after them. */
function scrapedMetrics(
  world: TameWorld,
  [tickMs, lateMs]: readonly [number, number],
): ObservedMetrics | undefined {
  const { active } = world.track;
  if (!active?.evidence) return undefined;
  const first = Math.ceil(active.evidence.cursor / tickMs) * tickMs;
  const last = Math.floor((world.now - lateMs) / tickMs) * tickMs;
  const ticks: Tick[] = [];
  for (let at = first; at < last; at += tickMs)
    ticks.push({
      ...{ at, durationMs: tickMs, warmingUp: false },
      stable: { ...NOTHING, requests: 300 },
      candidate: { ...NOTHING, requests: world.share('v2') > 0 ? 100 : 0 },
    });
  return { kind: 'ticks', ticks, cursor: Math.max(last, active.evidence.cursor), expressions: [] };
}

/** Why a release was held in its first five minutes, begun so long after a tick did, by figures that come so late. */
function heldBecause(startMs: number, metrics: string, times: readonly [number, number]): readonly string[] {
  const world = stableWorld('v1');
  world.now = 3_600_000 + startMs;
  world.release('v2', { strategy: strategyOf(metrics) });
  for (let second = 0; second < 300; second++) {
    world.metrics = scrapedMetrics(world, times);
    world.look();
  }
  return world.facts.flatMap((fact) => (fact.kind === 'rolloutHeld' ? [fact.reason.kind] : []));
}
const starts = Array.from({ length: 15 }, (_, index) => index * 2_000);

describe('silence where figures are scraped', () => {
  it.each([
    { title: 'as they are without a word', keys: '', times: [30_000, 10_000] },
    { title: 'as seldom as a tick is long', keys: '', times: [30_000, 41_000] },
    { title: 'in longer ticks', keys: 'tick: 60s, delay: 20s,', times: [60_000, 20_000] },
  ] as const)('is not found while the first are on their way: $title', ({ keys, times }) => {
    for (const start of starts) expect(heldBecause(start, scraped(keys), times)).toEqual([]);
  });

  it('is told all the same when none come', () => {
    expect(heldBecause(0, scraped(''), [30_000, 400_000])).toEqual(['no-data']);
  });

  it('is what was written, or a minute, where that is long enough to know', () => {
    expect(silenceOf(scraped('tick: 5s, delay: 5s'))).toBe(60_000);
    expect(silenceOf(scraped(''), 'analysis: { judge: { no-data-after: 5m } }')).toBe(300_000);
    expect(silenceOf(scraped(''), 'analysis: { judge: { no-data-after: 20s } }')).toBe(115_000);
    expect(silenceOf('off')).toBe(60_000);
  });
});
