import { histogramOf } from '../analysis/histogram.ts';
import { describe, expect, test } from 'vitest';
import type { Tick } from '../analysis/tick.ts';
import { idOf, stableWorld, TameWorld } from './testing/tame-world.ts';
import { SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import type { StrategySpec } from './strategy-spec.ts';

const BLUE_GREEN: StrategySpec = { ...SAMPLE_BASE, kind: 'blue-green', bakeMs: 30_000 };
const SHADOW: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'shadow',
  shareBasisPoints: 1000,
  holdMs: 30_000,
  then: 'retire',
};
const AB: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'ab',
  matches: [],
  goal: { path: '/checkout', method: 'POST', from: '/cart' },
  significance: 0.95,
  maxSamples: 20_000,
  limitMs: 3_600_000,
  winner: 'automatic',
};
const ROLLING: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'rolling',
  maxSurge: { instances: 1 },
  maxUnavailable: { instances: 0 },
  holdMs: 5000,
};

describe('a release that goes well', () => {
  test('the first release becomes stable and gets everything', () => {
    const world = stableWorld('v1');
    expect(world.track.stable).toBe(idOf('v1'));
    expect(world.share('v1')).toBe(10_000);
    expect(world.track.last?.phase.name).toBe('succeeded');
  });

  test('a canary becomes stable; the old copy is kept for its delay and then retired', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
    expect(world.revisions[idOf('v1')]?.ready).toBe(4);
    world.lookUntil(() => world.revisions[idOf('v1')] === undefined, 700);
    world.look();
    expect(world.track.capacity[idOf('v1')]).toBeUndefined();
    expect(world.track.retained).toEqual([]);
  });
});

describe('a track at rest', () => {
  test('says so when its stable revision cannot carry the traffic', () => {
    const world = stableWorld('v1');
    world.look();
    expect(world.last?.explanation).toMatchObject({
      doing: 'v1 is stable and has all the traffic',
      waitingFor: null,
    });
    world.ready('v1', 1, { reason: 'exit code 7' });
    world.look();
    expect(world.last?.explanation.waitingFor).toBe('instances of v1: 1 of 4 are ready, because exit code 7');
  });
});

test('the time in which a candidate warms up is none of its phase', () => {
  const judged = (warmUpMs: number): number => {
    const world = stableWorld('v1');
    const analysis = { ...SAMPLE_CANARY.analysis, judge: { ...SAMPLE_CANARY.analysis.judge, warmUpMs } };
    world.release('v2', { strategy: { ...SAMPLE_CANARY, analysis } });
    world.reach('running', 'judge');
    const since = world.now;
    world.reach('running', 'provision');
    return Math.round((world.now - since) / 1000);
  };
  expect(judged(20_000) - judged(0)).toBeGreaterThanOrEqual(17);
});

describe('a release that goes badly', () => {
  test('a candidate that fails is rolled back by the judge and retired', () => {
    const world = stableWorld('v1');
    world.errorRates[idOf('v2')] = 0.2;
    world.release('v2');
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'judge' } });
    expect(world.track.stable).toBe(idOf('v1'));
    expect(Object.keys(world.revisions)).toEqual([idOf('v1')]);
  });

  test('a candidate that is slow goes back with the latencies of both, not with its errors', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    const { cursor } = world.track.active?.evidence ?? { cursor: 0 };
    const arm = (ms: number) => ({ requests: 100, errors: 0, latency: histogramOf(Array(100).fill(ms)) });
    const ticks = Array.from({ length: 120 }, (_, second) => ({
      ...{ at: cursor + second * 1000, durationMs: 1000, warmingUp: false },
      candidate: arm(85),
      stable: arm(4),
    }));
    world.metrics = { kind: 'ticks', ticks, cursor: cursor + 120_000, expressions: [] };
    world.look();
    expect(world.track.active?.phase).toMatchObject({ name: 'rolling-back', reason: { kind: 'judge' } });
    const { phase } = world.track.active ?? {};
    expect(phase?.name === 'rolling-back' && phase.reason.detail).toMatch(
      /^Worse than stable in latency: odds .* p95 of its 12,0\d\d requests is 8\d ms, against (3\.9|4|4\.1) ms on stable\.$/,
    );
  });

  test('a candidate that wins an A/B test is held while failures speak against it', () => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: AB });
    world.reach('running', 'judge');
    const { cursor } = world.track.active?.evidence ?? { cursor: 0 };
    const tick = (second: number, errors: number, ofStable: number): Tick => ({
      ...{ at: cursor + second * 1000, durationMs: 1000, warmingUp: false },
      candidate: { requests: 2000, errors, latency: [] },
      stable: { requests: 2000, errors: ofStable, latency: [] },
      custom: { goal: { candidate: { trials: 2000, events: 800 }, stable: { trials: 2000, events: 200 } } },
    });
    world.metrics = { kind: 'ticks', ticks: [tick(0, 90, 0)], cursor: cursor + 1000, expressions: [] };
    world.look();
    expect(world.track.active?.phase).toMatchObject({ name: 'held', reason: { kind: 'suspicious' } });
    const calm = Array.from({ length: 30 }, (_, second) => tick(1 + second, 0, 15));
    world.metrics = { kind: 'ticks', ticks: calm, cursor: cursor + 31_000, expressions: [] };
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('a crash loop is taken back before it has any share', () => {
    const world = stableWorld('v1');
    world.ignored = ['applyCapacity'];
    world.release('v2');
    world.look();
    world.ready('v2', 0, { ordered: 1, crashLooping: true, reason: 'exit code 1' });
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'crash-loop' } });
  });

  test('too few ready instances are forgiven for a while and then taken back', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.ready('v2', 0);
    for (let second = 0; second < 15; second++) world.look();
    expect(world.track.active?.phase.name).toBe('running');
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'health' } });
  });

  test('a failed check is taken back without a request', () => {
    const world = stableWorld('v1');
    world.checkPasses = false;
    world.release('v2');
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'check' } });
    expect(world.facts.some((fact) => fact.kind === 'splitOrdered' && fact.split.weights.length > 1)).toBe(
      false,
    );
  });
});

describe('evidence that is missing', () => {
  test('an outage of the metrics for ten minutes holds the share and changes no outcome', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.metrics = { kind: 'provider-error', message: 'connection refused' };
    world.reach('held');
    expect(world.track.active?.phase).toMatchObject({ reason: { kind: 'provider-error' } });
    const share = world.share('v2');
    for (let second = 0; second < 600; second++) world.look();
    expect(world.share('v2')).toBe(share);
    world.metrics = undefined;
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('silence holds, and traffic ends the hold', () => {
    const world = stableWorld('v1');
    world.requestsPerSecond = 0;
    world.release('v2');
    world.reach('held');
    expect(world.track.active?.phase).toMatchObject({ reason: { kind: 'no-data' } });
    world.requestsPerSecond = 100;
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('a provider that answers and has no figures is called no data, not waited for in silence', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.metrics = { kind: 'ticks', ticks: [], cursor: world.now, expressions: [] };
    world.reach('held');
    expect(world.track.active?.phase).toMatchObject({
      reason: { kind: 'no-data', detail: expect.stringContaining('had no figures for') },
    });
  });

  test('a target that does not answer says nothing about health', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.ready('v2', 0);
    world.look();
    world.targetUp = false;
    for (let second = 0; second < 60; second++) world.look();
    expect(world.track.active?.phase.name).not.toBe('rolling-back');
  });
});

describe('a router and its orders', () => {
  test('a split counts as confirmed only under the generation that ordered it', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    const before = { split: world.inForce, generation: world.generation };
    world.ignored = ['applySplit'];
    world.command('abort');
    world.look();
    expect(world.track.splitConfirmed).toBe(false);
    // The same split as is wanted, but from before an order that may still be on its way.
    world.inForce = { ...world.track.split };
    world.generation = before.generation;
    world.look();
    expect(world.track.splitConfirmed).toBe(false);
    expect(world.last?.effects.map(({ kind }) => kind)).toContain('applySplit');
    world.ignored = [];
    world.settle();
    expect(world.track.last?.phase.name).toBe('rolled-back');
  });

  test('nothing is retired while an older order could still reach it', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.ignored = ['applySplit'];
    world.lookUntil(() => world.track.split.weights.length > 1);
    world.command('abort');
    for (let second = 0; second < 5; second++) {
      const { effects } = world.look();
      expect(effects.map(({ kind }) => kind)).not.toContain('retireRevision');
    }
    world.ignored = [];
    world.settle();
    expect(Object.keys(world.revisions)).toEqual([idOf('v1')]);
  });

  test('a first release that is aborted before any router confirmed it waits until none can reach it', () => {
    const world = new TameWorld();
    world.release('v1');
    world.ignored = ['applySplit'];
    world.reach('running', 'switch');
    world.command('abort');
    for (let second = 0; second < 5; second++) world.look();
    expect(world.track.active?.phase.name).toBe('rolling-back');
    expect(world.revisions[idOf('v1')]).toBeDefined();
    world.ignored = [];
    world.settle();
    expect(world.revisions).toEqual({});
  });

  test('an ordered share is not given when its instances are gone before the router has it', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.ignored = ['applySplit'];
    world.reach('running', 'shift');
    world.look();
    expect(world.last?.effects.map(({ kind }) => kind)).toContain('applySplit');
    world.ready('v2', 0);
    world.ignored = [];
    world.look();
    expect(world.last?.effects.map(({ kind }) => kind)).not.toContain('applySplit');
    expect(world.share('v2')).toBe(0);
  });
});

describe('going back', () => {
  test('the share shrinks as stable comes up again, and never grows', () => {
    const world = stableWorld('v1', { strategy: ROLLING });
    world.release('v2', { strategy: ROLLING });
    world.lookUntil(() => world.share('v2') === 7500);
    world.command('abort');
    world.ignored = ['applyCapacity'];
    const shares: number[] = [];
    for (const ready of [1, 1, 2, 2, 3, 3, 4, 4, 4]) {
      world.ready('v1', ready, { ordered: 4 });
      world.look();
      shares.push(world.share('v2'));
    }
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.at(0)).toBe(7500);
    expect(shares.at(-1)).toBe(0);
  });

  test('instances that were just ordered to go are not trusted, although they are still ready', () => {
    const strategy: StrategySpec = {
      ...ROLLING,
      maxSurge: { instances: 0 },
      maxUnavailable: { instances: 1 },
    };
    const world = stableWorld('v1', { strategy });
    world.release('v2', { strategy });
    world.lookUntil(() => world.share('v2') === 10_000);
    world.ignored = ['applyCapacity'];
    world.lookUntil(() => world.track.capacity[idOf('v1')]?.instances === 0);
    expect(world.revisions[idOf('v1')]?.ready).toBeGreaterThan(0);
    world.command('abort');
    for (let second = 0; second < 5; second++) world.look();
    expect(world.share('v2')).toBe(10_000);
    world.ignored = [];
    world.settle();
    expect(world.share('v1')).toBe(10_000);
  });

  test('a split for which stable lost its last instance is not given to the router', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.ignored = ['applySplit'];
    world.command('abort');
    world.look();
    world.ready('v1', 0);
    world.ignored = [];
    world.look();
    expect(world.share('v2')).toBe(2500);
    world.ready('v1', 4);
    world.settle();
    expect(world.share('v2')).toBe(0);
  });

  test('what stands in for a broken stable goes on serving when the release that should replace both is gone', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.ready('v1', 0);
    world.release('v3', { lane: 'hotfix' });
    world.lookUntil(() => world.track.active?.candidate === idOf('v3'), 5);
    world.command('abort');
    for (let second = 0; second < 5; second++) world.look();
    expect(world.track.active).toBeNull();
    expect(world.share('v2')).toBe(2500);
    expect(world.last?.wakeAt).toBeGreaterThan(world.now - 1000);
    world.ready('v1', 4);
    for (let second = 0; second < 5; second++) world.look();
    expect(world.share('v1')).toBe(10_000);
    expect(Object.keys(world.revisions)).toEqual([idOf('v1')]);
  });

  test('a larger share that no router has yet is not given any more', () => {
    const world = stableWorld('v1', { strategy: ROLLING });
    world.release('v2', { strategy: ROLLING });
    world.lookUntil(() => world.share('v2') === 2500);
    world.ignored = ['applySplit'];
    world.lookUntil(() => world.track.split.weights[0]?.basisPoints === 5000);
    world.command('abort');
    world.ignored = [];
    world.ready('v1', 2);
    world.look();
    expect(world.share('v2')).toBeLessThanOrEqual(2500);
  });

  test('a rollback that cannot move asks a person, and goes on by itself when stable is back', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.command('abort');
    world.ignored = ['applyCapacity', 'applySplit'];
    world.ready('v1', 0);
    world.reach('stuck');
    expect(world.last?.explanation.waitingFor).toContain('a person');
    for (let second = 0; second < 30; second++) world.look();
    expect(world.track.active?.phase.name).toBe('stuck');
    world.ignored = [];
    world.ready('v1', 4);
    world.settle();
    expect(world.track.last?.phase.name).toBe('rolled-back');
  });

  test('stable that comes back only in part leaves a stuck rollback stuck instead of waking it for nothing', () => {
    const world = stableWorld('v1', { strategy: ROLLING });
    world.release('v2', { strategy: ROLLING });
    world.lookUntil(() => world.share('v2') === 7500);
    world.ignored = ['applyCapacity'];
    world.ready('v1', 1);
    world.command('abort');
    world.reach('stuck');
    const facts = world.facts.length;
    for (let second = 0; second < 1500; second++) world.look();
    expect(world.facts.slice(facts).filter(({ kind }) => kind === 'rollbackResumed')).toEqual([]);
    expect(world.share('v2')).toBe(7500);
  });
});

describe('promotion', () => {
  test('a candidate that loses its instances as it is promoted does not become stable, and the old copy stays', () => {
    const world = stableWorld('v1', { strategy: BLUE_GREEN });
    world.release('v2', { strategy: { ...BLUE_GREEN, keepOldMs: 0, bakeMs: 0 } });
    world.ignored = ['applySplit'];
    world.reach('running', 'switch');
    world.look();
    world.ignored = [];
    world.inForce = world.track.split;
    world.generation = world.track.version;
    world.ready('v2', 1);
    world.look();
    expect(world.track.stable).toBe(idOf('v1'));
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'health' } });
    expect(world.revisions[idOf('v1')]?.ready).toBe(4);
  });

  test('nothing becomes stable while the router does not answer', () => {
    const world = stableWorld('v1', { strategy: BLUE_GREEN });
    world.checkPasses = undefined;
    world.release('v2', { strategy: { ...BLUE_GREEN, checks: [], afterChecks: ['smoke'] } });
    world.reach('promoting');
    world.routerUp = false;
    world.checkPasses = true;
    for (let second = 0; second < 5; second++) world.look();
    expect(world.track.stable).toBe(idOf('v1'));
    world.routerUp = true;
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('checks after promotion take the release back when they fail', () => {
    const strategy: StrategySpec = { ...BLUE_GREEN, checks: [], afterChecks: ['smoke'] };
    const world = stableWorld('v1');
    world.checkPasses = false;
    world.release('v2', { strategy });
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'check' } });
    expect(world.share('v1')).toBe(10_000);
  });

  test('a shadow test ends with stable unchanged and nothing of the candidate left', () => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: SHADOW });
    world.reach('running', 'judge');
    expect(world.inForce?.mirror).toEqual({ revision: idOf('v2'), basisPoints: 1000 });
    world.metrics = { kind: 'not-asked' };
    world.command('promote');
    world.settle();
    expect(world.track.stable).toBe(idOf('v1'));
    expect(world.track.last?.phase.name).toBe('succeeded');
    expect(Object.keys(world.revisions)).toEqual([idOf('v1')]);
  });
});

test('a test whose winner a person picks says in whole sentences what it waits for', () => {
  const manual: StrategySpec = {
    ...SAMPLE_BASE,
    ...{ kind: 'ab', matches: [], goal: { path: '/buy', method: null, from: '/' } },
    ...{ significance: 0.95, maxSamples: 1000, limitMs: 10_000, winner: 'manual' },
  };
  const world = stableWorld('v1');
  world.release('v2', { strategy: manual });
  world.reach('held');
  world.look();
  expect(world.last?.explanation.waitingFor).toMatch(
    /^a person to pick the winner: promote takes the candidate, abort keeps stable\. [A-Z].*\.$/,
  );
});
