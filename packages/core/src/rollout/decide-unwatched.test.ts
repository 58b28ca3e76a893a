import { expect, test } from 'vitest';
import { wholeTo } from '../traffic/split.ts';
import type { AnalysisSpec, StrategySpec } from './strategy-spec.ts';
import { SAMPLE_ANALYSIS, SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import { idOf, stableWorld, type TameWorld } from './testing/tame-world.ts';

const WARM_UP_MS = 30_000;
const analysisWith = (more: Partial<AnalysisSpec> = {}): AnalysisSpec => ({
  ...SAMPLE_ANALYSIS,
  judge: { ...SAMPLE_ANALYSIS.judge, warmUpMs: WARM_UP_MS },
  ...more,
});
const baked = (bakeMs: number, analysis: AnalysisSpec): StrategySpec => ({
  ...SAMPLE_BASE,
  kind: 'blue-green',
  bakeMs,
  analysis,
});

/** Looks for a time while an instance of v2 is started again every 25 s. */
function flap(world: TameWorld, seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    if (second % 25 === 0) world.ready('v2', 4, { youngestStartAt: world.now });
    world.look();
  }
}

test.each([
  ['judging', { ...SAMPLE_CANARY, analysis: analysisWith() }, 'judge'],
  ['settling', baked(60_000, analysisWith()), 'settle'],
] as const)(
  'a candidate that never gets warm while %s is held, and goes on once it is',
  (_name, strategy, step) => {
    const world = stableWorld('v1');
    world.release('v2', { strategy });
    world.reach('running', step);
    flap(world, 60);
    expect(world.track.active?.phase).toMatchObject({
      name: 'held',
      reason: { kind: 'no-data', detail: expect.stringContaining('started again and again') },
    });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  },
);

test('one start is no reason to hold', () => {
  const world = stableWorld('v1');
  world.release('v2', { strategy: { ...SAMPLE_CANARY, analysis: analysisWith() } });
  world.settle();
  expect(world.kinds).not.toContain('rolloutHeld');
});

test('an instance that was started anew does not take away what was counted before, while nobody looked', () => {
  const world = stableWorld('v1');
  const strategy = { ...SAMPLE_CANARY, analysis: analysisWith() };
  world.release('v2', { strategy });
  world.reach('running', 'judge');
  world.look();
  world.errorRates[idOf('v2')] = 0.1;
  world.now += 600_000;
  world.ready('v2', 4, { youngestStartAt: world.now - 1000 });
  world.look();
  expect(world.track.active?.phase).toMatchObject({ name: 'rolling-back', reason: { kind: 'judge' } });
  expect(world.track.active?.evidence?.judge.counts.candidate.trials).toBeGreaterThan(10_000);
});

test.each([
  ['as long as the warm-up', { windowMs: 10_000, failureLimit: 2 }, 30_000],
  ['as long as its only window', { windowMs: 60_000, failureLimit: 0 }, 60_000],
] as const)('a limit is measured in a bake that is %s', (_name, window, bakeMs) => {
  const world = stableWorld('v1');
  const criteria = [{ metric: 'errors', op: '<', value: 0.002, ...window }] as const;
  world.requestsPerSecond = 1000;
  world.errorRates[idOf('v2')] = 0.004;
  world.release('v2', { strategy: baked(bakeMs, analysisWith({ criteria })) });
  world.settle();
  expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'limit' } });
});

test('while the clock was set back and nothing is counted, the rollout is held', () => {
  const world = stableWorld('v1');
  world.release('v2');
  world.reach('running', 'judge');
  world.look();
  world.now -= 3_600_000;
  for (let second = 0; second < 15; second++) world.look();
  expect(world.track.active?.phase).toMatchObject({
    name: 'held',
    reason: { kind: 'no-data', detail: expect.stringContaining('no figures') },
  });
});

test('an unhealthy candidate is taken back in time though the clock was set back', () => {
  const world = stableWorld('v1');
  world.release('v2');
  world.reach('running', 'judge');
  world.ready('v2', 0);
  world.look();
  world.now -= 3_600_000;
  for (let second = 0; second < 20; second++) world.look();
  expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'health' } });
});

test('a look at a candidate whose requests nobody counts, and of which nothing is new, changes nothing', () => {
  const world = stableWorld('v1');
  const analysis = analysisWith({ traffic: 'uncounted' });
  world.release('v2', { strategy: { ...SAMPLE_CANARY, analysis } });
  world.reach('running', 'judge');
  world.look();
  const { cursor = 0 } = world.track.active?.evidence ?? {};
  world.metrics = { kind: 'ticks', ticks: [], cursor, expressions: [] };
  const facts = world.facts.length;
  for (let second = 0; second < 10; second++) world.look();
  expect(world.facts.length).toBe(facts);
});

test('a silent provider is noted now and then, and still counted to the second', () => {
  const world = stableWorld('v1');
  const analysis = analysisWith({ judge: { ...SAMPLE_ANALYSIS.judge, warmUpMs: 0, noDataAfterMs: 30_000 } });
  world.release('v2', { strategy: { ...SAMPLE_CANARY, analysis } });
  world.reach('running', 'judge');
  world.look();
  const { cursor = 0 } = world.track.active?.evidence ?? {};
  const silentSince = world.now;
  world.metrics = { kind: 'ticks', ticks: [], cursor, expressions: [] };
  const facts = world.facts.length;
  world.reach('held');
  expect(world.now - silentSince).toBeLessThanOrEqual(36_000);
  expect(world.facts.length - facts).toBeLessThanOrEqual(8);
  expect(world.track.active?.phase).toMatchObject({ reason: { kind: 'no-data' } });
  const { blindMs = 0 } = world.track.active?.evidence?.step ?? {};
  expect(blindMs).toBeGreaterThanOrEqual(30_000);
  expect(blindMs).toBeLessThanOrEqual(world.now - silentSince);
});

test('a step does not end while the router has another split than was ordered', () => {
  const world = stableWorld('v1');
  world.release('v2');
  world.reach('running', 'judge');
  world.look();
  const { inForce } = world;
  world.ignored = ['applySplit'];
  world.inForce = wholeTo(idOf('v1'));
  for (let second = 0; second < 300; second++) world.look();
  expect(world.track.active?.phase).toMatchObject({ name: expect.stringMatching(/running|held/), step: 3 });
  expect(world.share('v2')).toBe(0);
  world.ignored = [];
  world.inForce = inForce;
  world.settle();
  expect(world.track.stable).toBe(idOf('v2'));
});

test('nobody is condemned for an outage that stable has as well, and both are told of', () => {
  const world = stableWorld('v1');
  world.release('v2');
  world.reach('running', 'judge');
  world.ready('v1', 0, { reason: 'the namespace is gone' });
  world.ready('v2', 0);
  for (let second = 0; second < 30; second++) world.look();
  expect(world.track.active?.phase.name).not.toBe('rolling-back');
  expect(world.last?.explanation.waitingFor).toContain(
    'meanwhile stable v1 has no instance ready, because the namespace is gone',
  );
  world.ready('v1', 4);
  for (let second = 0; second < 2; second++) world.look();
  expect(world.track.active?.phase.name ?? world.track.last?.phase.name).toMatch(/rolling-back|rolled-back/);
});
