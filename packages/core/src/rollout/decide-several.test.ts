import { describe, expect, test } from 'vitest';
import { rolloutId } from '../kernel/ids.ts';
import { requestRollout } from './commands.ts';
import { compilePlan } from './plan.ts';
import type { StrategySpec } from './strategy-spec.ts';
import { idOf, stableWorld, TameWorld } from './testing/tame-world.ts';
import { SAMPLE_ANALYSIS, SAMPLE_BASE, SAMPLE_CANARY, sampleComponent } from './testing/sample-component.ts';

describe('several releases at once', () => {
  test('a newer release supersedes: the older is taken back first, then the newer goes its way', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.release('v3');
    world.settle();
    expect(world.track.stable).toBe(idOf('v3'));
    const ends = world.kinds.filter((kind) => ['rolloutRolledBack', 'rolloutSucceeded'].includes(kind));
    expect(ends).toEqual(['rolloutSucceeded', 'rolloutRolledBack', 'rolloutSucceeded']);
  });

  test('a release of what has become stable in the meantime is confirmed and changes nothing', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.release('v1');
    world.settle();
    expect(world.track.stable).toBe(idOf('v1'));
    expect(world.track.last).toMatchObject({ candidate: idOf('v1'), phase: { name: 'succeeded' } });
    expect(world.revisions[idOf('v1')]?.ready).toBe(4);
  });

  test('such a release can be taken back as well, and stable still serves', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.checkPasses = false;
    world.release('v1', { strategy: { ...SAMPLE_CANARY, afterChecks: ['smoke'] } });
    world.settle();
    expect(world.track.last?.phase.name).toBe('rolled-back');
    expect(world.share('v1')).toBe(10_000);
    expect(world.track.capacity[idOf('v1')]?.retiring).toBe(false);
  });

  test('a release that waited long is still given time to learn the baseline', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.release('v3', { arrival: 'queue' });
    world.now += 3_600_000;
    world.baselineUp = false;
    world.command('abort');
    world.lookUntil(() => world.track.active?.candidate === idOf('v3'));
    for (let second = 0; second < 30; second++) world.look();
    expect(world.track.active?.phase.name).toBe('planned');
    expect(world.last?.explanation.waitingFor).toBe(
      'the baseline of v1, which is stable, from its metrics provider (for 30 s at most, after which it starts without one); it does not answer: no answer',
    );
    for (let second = 0; second < 40; second++) world.look();
    expect(world.track.active?.phase.name).toBe('running');
  });

  const abTest: StrategySpec = {
    ...SAMPLE_BASE,
    kind: 'ab',
    matches: [],
    goal: { path: '/buy', method: null, from: '/' },
    significance: 0.95,
    maxSamples: 10_000,
    limitMs: 60_000,
    winner: 'automatic',
  };
  const shadowTest: StrategySpec = {
    ...SAMPLE_BASE,
    kind: 'shadow',
    shareBasisPoints: 1000,
    holdMs: 30_000,
    then: 'retire',
  };
  test.each([
    ['shadow', shadowTest],
    ['A/B', abTest],
  ] as const)(
    'a %s test that waited for a first release which failed ends, and serves nobody',
    (_name, strategy) => {
      const world = new TameWorld();
      world.checkPasses = undefined;
      world.release('v1');
      world.look();
      // As the server compiles what is queued: what it waits for may become stable.
      const plan = compilePlan(sampleComponent(strategy), { first: false, lane: 'normal' });
      const revision = { id: idOf('v2'), version: 'v2', instances: 4, fullInstances: plan.fullInstances };
      const request = {
        id: rolloutId('ro-2'),
        lane: 'normal',
        revision,
        plan,
        by: 'ann',
        arrival: 'queue',
      } as const;
      const asked = requestRollout(world.track, request, world.now);
      world.commit(asked.ok ? asked.value : []);
      world.command('abort');
      world.settle(200);
      expect(world.track.last).toMatchObject({
        candidate: idOf('v2'),
        phase: {
          name: 'rolled-back',
          reason: { detail: 'no revision is stable beside which v2 could be tested' },
        },
      });
      expect(world.facts.some((fact) => fact.kind === 'splitOrdered')).toBe(false);
    },
  );

  test('what is being rolled out already can be hastened as a hot-fix, once', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    expect(world.release('v2', { lane: 'hotfix' }).ok).toBe(true);
    expect(world.track.active?.phase).toMatchObject({
      name: 'rolling-back',
      reason: { kind: 'superseded', detail: 'superseded by the hot-fix of v2' },
    });
    world.lookUntil(() => world.track.active?.lane === 'hotfix');
    world.look();
    expect(world.release('v2', { lane: 'hotfix' })).toMatchObject({
      ok: false,
      refusal: { code: 'already-under-way' },
    });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('a hot-fix replaces a stable side that is down and the candidate that stood in for it', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.ignored = [];
    world.ready('v1', 0);
    world.release('v3', { lane: 'hotfix' });
    world.lookUntil(() => world.track.active?.candidate === idOf('v3'), 5);
    expect(world.share('v2')).toBe(2500);
    world.settle();
    expect(world.track.stable).toBe(idOf('v3'));
    expect(world.share('v3')).toBe(10_000);
    world.lookUntil(() => Object.keys(world.revisions).length === 1, 700);
  });

  test('a hot-fix does not wait for a broken stable when nothing else is under way', () => {
    const world = stableWorld('v1');
    world.ready('v1', 0);
    world.release('v2', { lane: 'hotfix' });
    world.settle(30);
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

describe('looking', () => {
  test('one look orders each thing once', () => {
    const world = stableWorld('v1');
    world.checkPasses = undefined;
    world.release('v2');
    const orders = Array.from({ length: 5 }, () => world.look().effects);
    const checks = orders.map((effects) => effects.filter(({ kind }) => kind === 'runChecks').length);
    expect(Math.max(...checks)).toBe(1);
  });

  test('looking again at an unchanged world decides nothing new and gives the same orders', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.ignored = ['applyCapacity'];
    world.look();
    world.look();
    const [first, second] = [world.look(), world.look()];
    expect(first.events.filter(({ kind }) => kind !== 'evidenceObserved')).toEqual([]);
    expect(second.effects).toEqual(first.effects);
  });

  test('with nothing to do it sleeps, and until the next thing is due at most', () => {
    const world = stableWorld('v1');
    expect(world.look().wakeAt - world.now).toBe(29_000);
    world.release('v2');
    world.settle();
    const until = world.track.retained[0]?.until ?? 0;
    world.now = until - 5000;
    expect(world.look().wakeAt).toBe(until);
  });

  test('what runs without an order is taken over in order to be retired', () => {
    const world = stableWorld('v1');
    world.ready('v0', 2);
    world.look();
    world.look();
    expect(world.revisions[idOf('v0')]).toBeUndefined();
    expect(world.track.capacity[idOf('v0')]).toBeUndefined();
  });

  test('a split that somebody else changed is put right', () => {
    const world = stableWorld('v1');
    world.inForce = null;
    world.look();
    expect(world.share('v1')).toBe(10_000);
    world.look();
    expect(world.kinds.slice(-2)).toEqual(['splitLost', 'splitConfirmed']);
  });

  test('the analysis policy for no data may be to go on by the clock', () => {
    const analysis = { ...SAMPLE_ANALYSIS, on: { ...SAMPLE_ANALYSIS.on, noData: 'promote' as const } };
    const world = stableWorld('v1');
    world.requestsPerSecond = 0;
    world.release('v2', { strategy: { ...SAMPLE_CANARY, analysis } });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });
});
