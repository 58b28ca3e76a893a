import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import { idOf, stableWorld, type TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { describe, expect, test } from 'vitest';
import { adoptTexts } from './testing/adopt-sample.ts';
import { canaryText, DEPLOYMENT, EACH_MINUTE, SUCCESS_RATE, webhook } from './testing/canary-text.ts';

/** Looks (one per second) that outlast every interval of these tests. */
const LONG = 3000;

function strategyOf(
  analysis: string,
  spec?: string,
  prometheus: string | null = 'http://prometheus',
): StrategySpec {
  const adoption = adoptTexts(
    [
      { text: canaryText(analysis, spec), file: 'canary.yaml' },
      { text: DEPLOYMENT, file: 'web.yaml' },
    ],
    { application: 'shop', environment: 'production', cluster: 'eu', namespace: 'test', prometheus },
  );
  if (!adoption.ok) throw new TypeError(JSON.stringify(adoption.faults));
  return adoption.component.strategy;
}

/** A world in which v1 is stable and v2 begins; every measurement of the plan goes well unless a test says otherwise. */
function begun(strategy: StrategySpec): TameWorld {
  const world = stableWorld('v1');
  world.release('v2', { strategy });
  const steps = strategy.kind === 'steps' ? strategy.steps : [];
  const own = steps.flatMap((step) => ('measurements' in step ? step.measurements : []));
  for (const { name } of [...own, ...strategy.analysis.measurements])
    world.measurements[name] = () => 'success';
  return world;
}

/** Sets how a question goes, wherever the plan asks it. */
function answer(world: TameWorld, question: string, outcome: 'success' | 'failure' | 'error'): void {
  for (const name of Object.keys(world.measurements))
    if (name === question || name.startsWith(`${question} (`)) world.measurements[name] = () => outcome;
}

const reason = (world: TameWorld): string | undefined => {
  const phase = world.track.active?.phase;
  return phase?.name === 'held' ? phase.reason.kind : undefined;
};

const sharesUntilSettled = (world: TameWorld): readonly number[] => {
  const shares = new Set<number>();
  world.lookUntil(() => {
    shares.add(world.share('v2') / 100);
    return world.track.active === null && world.track.queue.length === 0;
  }, LONG);
  return [...shares];
};

const WEIGHTS = `${EACH_MINUTE}, maxWeight: 50, stepWeight: 20, ${SUCCESS_RATE}`;

describe('a Canary by weights', () => {
  test('goes by stepWeight until maxWeight is reached or passed, and is promoted at once from there', () => {
    const world = begun(strategyOf(WEIGHTS));
    expect(sharesUntilSettled(world)).toEqual([0, 20, 40, 60, 100]);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('goes by stepWeights when there are any', () => {
    const world = begun(strategyOf(`${EACH_MINUTE}, stepWeights: [1, 2, 10, 80], ${SUCCESS_RATE}`));
    expect(sharesUntilSettled(world)).toEqual([0, 1, 2, 10, 80, 100]);
  });

  test('is promoted without a second copy that could fail or strand it (F#1898, F#1931, F#1932, F#1588)', () => {
    const strategy = strategyOf(WEIGHTS);
    const kinds = strategy.kind === 'steps' ? strategy.steps.map(({ kind }) => kind) : [];
    expect(kinds.filter((kind) => kind === 'switch')).toHaveLength(1);
    expect(kinds.slice(kinds.indexOf('switch') + 1)).toEqual(['retire']);
    const world = begun(strategy);
    world.settle(LONG);
    expect(Object.keys(world.revisions)).toEqual([idOf('v2')]);
  });

  test('stays at a weight while its check is not good, and goes on when it is', () => {
    const world = begun(strategyOf(WEIGHTS));
    answer(world, 'request-success-rate', 'failure');
    for (let second = 0; second < 110; second += 1) world.look();
    expect(world.share('v2')).toBe(2000);
    answer(world, 'request-success-rate', 'success');
    world.lookUntil(() => world.share('v2') === 4000, 120);
  });

  test('counts failed checks over the whole rollout, whatever succeeds between them, and is taken back at the threshold', () => {
    const world = begun(strategyOf(WEIGHTS));
    for (const share of [2000, 4000, 6000]) {
      world.lookUntil(() => world.share('v2') === share, LONG);
      world.measurements['request-success-rate'] = () => 'failure';
      const failures = () =>
        world.track.active?.evidence?.measurements['request-success-rate']?.failures ?? 0;
      const before = failures();
      world.lookUntil(() => world.track.active?.phase.name === 'rolling-back' || failures() !== before, LONG);
      world.measurements['request-success-rate'] = () => 'success';
    }
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v1'));
  });

  test('holds when no value is found, fails nothing by it, and goes on when there is one (F#883, F#1035, F#1330, F#1633, F#1689)', () => {
    const world = begun(strategyOf(WEIGHTS));
    world.lookUntil(() => world.share('v2') === 2000, LONG);
    answer(world, 'request-success-rate', 'error');
    world.lookUntil(() => reason(world) === 'provider-error', LONG);
    for (let second = 0; second < 600; second += 1) world.look();
    expect(world.share('v2')).toBe(2000);
    answer(world, 'request-success-rate', 'success');
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('holds where it is when requests stop, instead of advancing without any (F#1011)', () => {
    const world = begun(strategyOf(WEIGHTS));
    world.lookUntil(() => world.share('v2') === 2000, LONG);
    world.requestsPerSecond = 0;
    world.lookUntil(() => reason(world) === 'no-data', LONG);
    expect(world.share('v2')).toBe(2000);
  });

  test('is taken back when checks fail while a gate for more traffic is closed (F#1801)', () => {
    const world = begun(strategyOf(`${WEIGHTS}, webhooks: [${webhook('confirm-traffic-increase')}]`));
    world.lookUntil(() => world.share('v2') === 2000, LONG);
    answer(world, 'confirm-traffic-increase', 'failure');
    answer(world, 'request-success-rate', 'failure');
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v1'));
  });

  test('gets rid of a stable revision that is broken, as a hot-fix (F#639)', () => {
    const world = stableWorld('v1');
    world.ready('v1', 0);
    world.release('v2', { strategy: strategyOf(WEIGHTS), lane: 'hotfix' });
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('moves the rest by stepWeightPromotion', () => {
    const world = begun(strategyOf(`${WEIGHTS}, stepWeightPromotion: 15`));
    expect(sharesUntilSettled(world)).toEqual([0, 20, 40, 60, 75, 90, 100]);
  });

  test('is mirrored for one interval before it gets a request of its own', () => {
    const world = begun(strategyOf(`${WEIGHTS}, mirror: true, mirrorWeight: 25`));
    world.lookUntil(() => world.inForce?.mirror?.basisPoints === 2500, LONG);
    const since = world.now;
    world.lookUntil(() => world.share('v2') > 0, LONG);
    expect(world.inForce?.mirror).toBeNull();
    expect(world.now - since).toBeGreaterThanOrEqual(60_000);
  });
});

describe('hooks', () => {
  test('confirm-rollout is asked before a single pod is started, for as long as it takes', () => {
    const world = begun(strategyOf(`${WEIGHTS}, webhooks: [${webhook('confirm-rollout')}]`));
    answer(world, 'confirm-rollout', 'failure');
    for (let second = 0; second < 900; second += 1) world.look();
    expect(world.revisions[idOf('v2')]?.ordered ?? 0).not.toBeGreaterThan(0);
    answer(world, 'confirm-rollout', 'success');
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('pre-rollout failures count towards the threshold, and no request has reached the candidate by then', () => {
    const world = begun(strategyOf(`${WEIGHTS}, webhooks: [${webhook('pre-rollout')}]`));
    answer(world, 'pre-rollout', 'failure');
    expect(sharesUntilSettled(world)).toEqual([0]);
    expect(world.track.stable).toBe(idOf('v1'));
  });

  test('rollout hooks are called each interval and count towards the threshold', () => {
    const world = begun(strategyOf(`${WEIGHTS}, webhooks: [${webhook('rollout')}]`));
    answer(world, 'rollout', 'failure');
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v1'));
  });

  test('confirm-promotion keeps a canary at its last weight, and a rollback hook takes it back from there', () => {
    const world = begun(
      strategyOf(`${WEIGHTS}, webhooks: [${webhook('confirm-promotion')}, ${webhook('rollback')}]`),
    );
    answer(world, 'confirm-promotion', 'failure');
    answer(world, 'rollback', 'error');
    world.lookUntil(() => world.share('v2') === 6000, LONG);
    for (let second = 0; second < 900; second += 1) world.look();
    expect(world.share('v2')).toBe(6000);
    expect(reason(world)).toBeUndefined();
    answer(world, 'rollback', 'failure');
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v1'));
  });

  test('a post-rollout hook that nobody answers keeps nothing from being promoted', () => {
    const world = begun(strategyOf(`${WEIGHTS}, webhooks: [${webhook('post-rollout', ', timeout: 5s')}]`));
    answer(world, 'post-rollout', 'error');
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

describe('a Canary by iterations', () => {
  test('is switched to after so many checks, and is not held because no request reaches it (F#1098)', () => {
    const world = begun(strategyOf(`${EACH_MINUTE}, iterations: 5, ${SUCCESS_RATE}`));
    const since = world.now;
    expect(sharesUntilSettled(world)).toEqual([0, 100]);
    expect(world.now - since).toBeGreaterThanOrEqual(6 * 60_000);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('is taken back by as many failed checks as the threshold says', () => {
    const world = begun(strategyOf(`${EACH_MINUTE}, iterations: 5, ${SUCCESS_RATE}`));
    answer(world, 'request-success-rate', 'failure');
    expect(sharesUntilSettled(world)).toEqual([0]);
    expect(world.track.stable).toBe(idOf('v1'));
  });

  test('without a mesh or gateway makes ten checks, as Flagger does, whatever weights it names', () => {
    const strategy = strategyOf(`${WEIGHTS}`, 'provider: kubernetes');
    const checks =
      strategy.kind === 'steps'
        ? strategy.steps.flatMap((step) => ('measurements' in step ? step.measurements : []))
        : [];
    expect(checks.map(({ count }) => count)).toEqual([10]);
  });

  test('with matches sends only those requests to the candidate until all checks are made', () => {
    const match = 'match: [{ headers: { x-test: { exact: "on" } } }]';
    const world = begun(strategyOf(`${EACH_MINUTE}, iterations: 2, ${match}`, undefined, null));
    world.lookUntil(() => (world.inForce?.matches.length ?? 0) > 0, LONG);
    expect(world.inForce?.matches).toEqual([
      { conditions: [{ on: 'header', name: 'x-test', equals: 'on' }], revision: idOf('v2') },
    ]);
    expect(world.share('v2')).toBe(0);
    world.settle(LONG);
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

test('skipAnalysis promotes a healthy candidate without a check', () => {
  const world = begun(strategyOf(WEIGHTS, 'skipAnalysis: true'));
  expect(sharesUntilSettled(world)).toEqual([0, 100]);
  expect(world.track.stable).toBe(idOf('v2'));
});
