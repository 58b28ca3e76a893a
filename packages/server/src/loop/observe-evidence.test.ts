import { beforeEach, describe, expect, it } from 'vitest';
import type { ObservedMetrics } from '@sluice/core/rollout/observation.ts';
import type { Phase, Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import { stableWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { observeEvidence } from './observe-evidence.ts';
import { FakeMetrics } from './testing/fake-metrics.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;
let metrics: FakeMetrics;
let active: Rollout;
let track: TrackState;

beforeEach(() => {
  metrics = new FakeMetrics();
  const world = stableWorld();
  world.release('v2');
  world.reach('running', 'judge');
  if (!world.track.active) throw new TypeError('nothing is under way');
  active = world.track.active;
  track = world.track;
});

/** Ten requests a second to both sides, from one second after noon to another; some of the candidate's fail. */
function serve(from: number, until: number, errors = 0): void {
  for (let second = from; second < until; second++)
    metrics.second(NOON + second * 1000, {
      [active.candidate]: { requests: 10, errors },
      [active.stable ?? '']: { requests: 10 },
    });
  metrics.completeUntil = NOON + until * 1000;
}

/** One look at a rollout in a step that began at noon, whose evidence was read up to a second after noon. */
async function look(
  cursor: number,
  phase: Phase = { name: 'running', step: 2, since: NOON },
): Promise<ObservedMetrics> {
  const specs = [
    { expression: 'candidate.errors < 60', windowMs: MINUTE_MS, failureLimit: 0 },
    { expression: 'candidate.errorRate <= stable.errorRate', windowMs: 20_000, failureLimit: 0 },
  ];
  const { analysis } = active.plan;
  const plan = { ...active.plan, analysis: { ...analysis, expressions: specs } };
  const evidence = active.evidence && { ...active.evidence, cursor: NOON + cursor * 1000 };
  return observeEvidence(metrics, { ...track, active: { ...active, plan, phase, evidence } });
}

/** What each expression gave, in the order of the results. */
async function outcomes(cursor: number, phase?: Phase): Promise<readonly string[]> {
  const seen = await look(cursor, phase);
  return seen.kind === 'ticks'
    ? seen.expressions.map(({ index, outcome }) => `${index} ${outcome}`)
    : [seen.kind];
}

describe('an expression', () => {
  it('is evaluated once for each window that ends, and not in between', async () => {
    serve(0, 19);
    expect(await outcomes(0)).toEqual([]);
    serve(19, 20);
    expect(await outcomes(19)).toEqual(['1 ok']);
    expect(await outcomes(20)).toEqual([]);
  });

  it('after an absence is evaluated for all windows that were missed, in their order', async () => {
    serve(0, 30);
    serve(30, 50, 2);
    serve(50, 125);
    expect(await outcomes(5)).toEqual([
      '1 ok',
      '1 violated',
      '0 ok',
      '1 violated',
      '1 ok',
      '1 ok',
      '0 ok',
      '1 ok',
    ]);
  });

  it('knows nothing of the step before, however bad it was', async () => {
    serve(-60, 0, 10);
    serve(0, 60);
    expect(await outcomes(-30)).toEqual(['1 ok', '1 ok', '0 ok', '1 ok']);
  });

  it('says nothing of windows of which seconds are missing, and goes on with whole ones', async () => {
    serve(30, 60, 1);
    expect(await outcomes(0)).toEqual(['1 no-data', '1 no-data', '0 no-data', '1 violated']);
  });

  it('says nothing of a window without requests', async () => {
    for (let second = 0; second < 20; second++) metrics.second(NOON + second * 1000, {});
    metrics.completeUntil = NOON + 20_000;
    expect(await outcomes(0)).toEqual(['1 no-data']);
  });

  it('goes on while the rollout is held, with the windows of the same step', async () => {
    serve(0, 20);
    const reason = { kind: 'paused', by: 'ann' } as const;
    expect(
      await outcomes(0, { name: 'held', step: 2, stepSince: NOON, since: NOON + 15_000, reason }),
    ).toEqual(['1 ok']);
  });

  it('is not asked while a rollout is taken back', async () => {
    serve(0, 60, 5);
    const reason = { kind: 'aborted', detail: '' } as const;
    expect(await outcomes(0, { name: 'rolling-back', since: NOON, reason })).toEqual([]);
  });
});

it('reads the window again from its beginning, though most of it was read before', async () => {
  serve(0, 19, 3);
  serve(19, 20);
  const seen = await look(19);
  expect(seen).toMatchObject({
    ticks: [{ at: NOON + 19_000 }],
    expressions: [{ index: 1, outcome: 'violated' }],
  });
});

it('is an outage as a whole when the second question gets no answer, so that no window is lost', async () => {
  serve(0, 20);
  const { observe } = metrics;
  metrics.observe = async (id, since) => {
    const seen = await observe.call(metrics, id, since);
    metrics.outage = 'no answer';
    return seen;
  };
  expect(await look(10)).toEqual({ kind: 'provider-error', message: 'no answer' });
});

it('of a clock that was set back brings nothing, and keeps the place where it has come to', async () => {
  serve(0, 20);
  const seen = await look(300);
  expect(seen).toEqual({ kind: 'ticks', ticks: [], cursor: NOON + 300_000, expressions: [] });
});

it('hands on what is judged beside errors and latency, and what nobody asked about it leaves out', async () => {
  const judge = { ...active.plan.analysis.judge, custom: ['tools'] };
  active = { ...active, plan: { ...active.plan, analysis: { ...active.plan.analysis, judge } } };
  const custom = { tools: { trials: 4, events: 1 }, 'score polite': { trials: 2, events: 0 } };
  metrics.second(NOON, { [active.candidate]: { requests: 5, custom, cost: [[400, 5]] } });
  metrics.completeUntil = NOON + 1_000;
  const none = { trials: 0, events: 0 };
  expect(await look(0)).toMatchObject({
    ticks: [
      { candidate: { cost: [[400, 5]] }, custom: { tools: { candidate: custom.tools, stable: none } } },
    ],
  });
  const seen = await look(0);
  expect(seen.kind === 'ticks' && Object.keys(seen.ticks[0]?.custom ?? {})).toEqual(['goal', 'tools']);
});
