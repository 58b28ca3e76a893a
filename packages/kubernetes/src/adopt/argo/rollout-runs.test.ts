import { readFileSync } from 'node:fs';
import { rolloutId } from '@sluice/core/kernel/ids.ts';
import { requestRollout } from '@sluice/core/rollout/commands.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import { idOf, stableWorld, type TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { describe, expect, test } from 'vitest';
import { adopted, adoptText } from './testing/adopt-text.ts';
import { ISTIO, metricText, templateText } from './testing/rollout-text.ts';

/** Looks (one per second) that outlast every pause of the samples. */
const LONG = 20_000;

/** A world in which v1 is stable and v2 begins; every measurement of the plan goes well unless a test says otherwise. */
function begun(strategy: StrategySpec, instances = 10): TameWorld {
  const world = stableWorld('v1');
  world.release('v2', { strategy, instances });
  const steps = strategy.kind === 'steps' ? strategy.steps : [];
  const own = steps.flatMap((step) => ('measurements' in step ? step.measurements : []));
  for (const { name } of [...own, ...strategy.analysis.measurements])
    world.measurements[name] = () => 'success';
  return world;
}

const heldFor = (world: TameWorld): string | undefined => {
  const phase = world.track.active?.phase;
  return phase?.name === 'held' ? phase.reason.kind : undefined;
};

const isOver = ({ track }: TameWorld): boolean => track.active === null && track.queue.length === 0;

/** Lets a rollout go on, approving whatever waits for a person. */
function finish(world: TameWorld): void {
  for (let approvals = 0; approvals < 10 && !isOver(world); approvals++) {
    world.lookUntil(() => isOver(world) || heldFor(world) !== undefined, LONG);
    if (heldFor(world) === 'approval') world.command('promote');
    else if (!isOver(world)) return;
  }
}

describe('the plan of a sample is carried out by the engine', () => {
  test.each(['istio-canary', 'gateway-canary', 'pods-canary', 'blue-green', 'experiment', 'rolling'])(
    '%s',
    (name) => {
      const adoption = adoptText(readFileSync(new URL(`samples/${name}.yaml`, import.meta.url), 'utf8'));
      if (!adoption.ok) throw new TypeError(JSON.stringify(adoption.faults));
      const { strategy, instances } = adoption.component;
      const world = begun(strategy, instances);
      finish(world);
      expect(world.track.stable).toBe(idOf('v2'));
      expect(world.facts.filter(({ kind }) => kind === 'rollbackBegun')).toEqual([]);
    },
  );
});

test('where pods make the shares, the engine takes the plan as it is, so that startingStep stays where it was', () => {
  for (const replicas of [1, 2, 3, 4, 5, 10, 33])
    for (const canary of ['', 'maxSurge: 0'])
      for (const weights of [
        [5, 10, 20],
        [0, 1, 99],
        [20, 40, 60, 80],
        [30, 33, 45, 60, 75, 90],
        [50, 50, 100],
      ]) {
        const steps = weights.map((weight) => `setWeight: ${weight}`);
        const { component } = adopted({ replicas, canary, steps });
        const { strategy } = component;
        const plan = compilePlan(component, { first: false, lane: 'normal', shares: 'by-instances' });
        expect(plan.steps).toEqual(strategy.kind === 'steps' ? strategy.steps : []);
      }
});

test('where pods make the shares, both sides have Argo’s numbers of pods while the share that was told is in force', () => {
  const { component } = adopted({
    replicas: 10,
    steps: [45, 75].flatMap((weight) => [`setWeight: ${weight}`, 'pause: { duration: 30 }']),
  });
  const plan = compilePlan(component, { first: false, lane: 'normal', shares: 'by-instances' });
  const world = stableWorld('v1', { instances: 10 });
  const revision = { id: idOf('v2'), version: 'v2', instances: 10, fullInstances: plan.fullInstances };
  const request = { id: rolloutId('ro-2'), lane: 'normal', revision, plan, by: 'ann' } as const;
  const asked = requestRollout(world.track, { ...request, arrival: 'supersede' }, world.now);
  if (asked.ok) world.commit(asked.value);
  const podsOf = (version: string): number => world.revisions[idOf(version)]?.ready ?? 0;
  const held = new Set<string>();
  world.lookUntil(() => {
    const phase = world.track.active?.phase;
    if (phase?.name === 'running' && plan.steps[phase.step]?.kind === 'hold')
      held.add(`${world.share('v2')}: ${podsOf('v2')}+${podsOf('v1')}`);
    return isOver(world);
  }, LONG);
  expect([...held]).toEqual(['4545: 5+6', '7273: 8+3']);
  expect(world.track.stable).toBe(idOf('v2'));
});

describe('an analysis of a step', () => {
  const strategy = (
    metric: string,
    analysed = 'analysis: { templates: [{ templateName: t }] }',
  ): StrategySpec =>
    adopted({
      canary: ISTIO,
      steps: ['setWeight: 20', analysed, 'setWeight: 60'],
      more: [templateText('t', [metricText(metric)])],
    }).component.strategy;
  const FIVE = 'count: 5\ninterval: 10s\nfailureLimit: 1\ninconclusiveLimit: 1';

  test('lets the rollout go on when its counts are reached, as in Argo', () => {
    const world = begun(strategy(FIVE));
    let asked = 0;
    world.measurements['errors'] = () => (asked++ === 2 ? 'failure' : 'success');
    finish(world);
    expect(asked).toBe(5);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('takes the candidate back when it fails more often than failureLimit, as in Argo', () => {
    const world = begun(strategy(FIVE));
    world.measurements['errors'] = () => 'failure';
    finish(world);
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'limit' } });
  });

  test('holds when it is inconclusive more often than inconclusiveLimit, as Argo pauses', () => {
    const world = begun(strategy(FIVE));
    world.measurements['errors'] = () => 'inconclusive';
    finish(world);
    expect(heldFor(world)).toBe('inconclusive');
  });

  test('holds while the provider fails, where Argo aborts after the fifth error', () => {
    const world = begun(strategy(FIVE));
    world.measurements['errors'] = () => 'error';
    world.lookUntil(() => heldFor(world) !== undefined, LONG);
    expect(heldFor(world)).toBe('provider-error');
    world.measurements['errors'] = () => 'success';
    world.lookUntil(() => heldFor(world) === undefined, LONG);
    finish(world);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('in dry run decides nothing, as in Argo', () => {
    const dry = 'analysis: { templates: [{ templateName: t }], dryRun: [{ metricName: .* }] }';
    const world = begun(strategy(FIVE, dry));
    world.measurements['errors'] = () => 'failure';
    finish(world);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('ends early with so many successes in a row as consecutiveSuccessLimit says, as in Argo', () => {
    const world = begun(strategy('count: 9\ninterval: 10s\nfailureLimit: 3\nconsecutiveSuccessLimit: 2'));
    const answers = ['success', 'failure', 'success', 'success'] as const;
    let asked = 0;
    world.measurements['errors'] = () => answers[asked++] ?? 'failure';
    finish(world);
    expect(asked).toBe(4);
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

describe('an analysis in the background', () => {
  const strategy = adopted({
    canary: `${ISTIO}\nanalysis: { templates: [{ templateName: t }], startingStep: 2 }`,
    steps: ['setWeight: 20', 'pause: { duration: 60 }', 'setWeight: 60', 'pause: { duration: 60 }'],
    more: [templateText('t', [metricText('interval: 10s\nfailureLimit: 1')])],
  }).component.strategy;

  test('asks nothing before its starting step, and takes the candidate back in a pause, as in Argo', () => {
    const world = begun(strategy);
    const shares: number[] = [];
    world.measurements['errors'] = () => {
      shares.push(world.share('v2'));
      return 'failure';
    };
    finish(world);
    expect(shares).toEqual([6000, 6000]);
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back' });
  });

  test('holds a pause when it is inconclusive, as in Argo', () => {
    const world = begun(strategy);
    world.measurements['errors'] = () => 'inconclusive';
    finish(world);
    expect(heldFor(world)).toBe('inconclusive');
  });
});

test('a new template in the middle of a rollout takes its place and begins at the first step, as in Argo', () => {
  const { strategy } = adopted({ canary: ISTIO, steps: ['setWeight: 20', 'pause: {}'] }).component;
  const world = begun(strategy);
  world.lookUntil(() => heldFor(world) === 'approval');
  world.release('v3', { strategy, instances: 10 });
  finish(world);
  expect(world.track.stable).toBe(idOf('v3'));
});

test('a blue-green whose preview tests fail never switches, as in Argo', () => {
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }';
  const { strategy } = adopted({
    blueGreen: 'activeService: web\nprePromotionAnalysis: { templates: [{ templateName: t }] }',
    more: [service, templateText('t', [metricText()])],
  }).component;
  const world = begun(strategy);
  world.measurements['errors'] = () => 'failure';
  const shares = new Set<number>();
  world.lookUntil(() => {
    shares.add(world.share('v2'));
    return isOver(world);
  }, LONG);
  expect([...shares]).toEqual([0]);
  expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back' });
});
