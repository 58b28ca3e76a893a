import { describe, expect, it } from 'vitest';
import { rolloutId } from '../kernel/ids.ts';
import { shareOf } from '../traffic/split.ts';
import { requestRollout } from './commands.ts';
import { describeStep } from './describe-step.ts';
import type { Effect } from './effects.ts';
import { compilePlan, type RolloutLane } from './plan.ts';
import type { StrategySpec } from './strategy-spec.ts';
import { SAMPLE_BASE, SAMPLE_CANARY, sampleComponent } from './testing/sample-component.ts';
import { idOf, TameWorld } from './testing/tame-world.ts';

const ROLLING: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'rolling',
  checks: [],
  maxSurge: { basisPoints: 2500 },
  maxUnavailable: { instances: 0 },
  holdMs: 0,
};
const CHECKED: StrategySpec = { ...ROLLING, afterChecks: ['smoke'] };

/** A world with one place for so many instances: the later of two decisions has it, and the other side keeps the rest. */
class NarrowWorld extends TameWorld {
  readonly size: number;
  #holder: string | undefined;
  #decidedIn = 0;

  constructor(size: number) {
    super();
    this.size = size;
  }

  releaseInPlace(version: string, strategy: StrategySpec = ROLLING, lane: RolloutLane = 'normal'): void {
    const component = sampleComponent(strategy, this.size);
    const first = this.track.stable === null;
    const plan = compilePlan(component, { first, lane, shares: 'in-place' });
    const revision = { id: idOf(version), version, instances: this.size, fullInstances: plan.fullInstances };
    const id = rolloutId(`ro-${this.track.nextNumber}`);
    const request = { id, lane, revision, plan, by: 'ann', arrival: 'supersede' } as const;
    const asked = requestRollout(this.track, request, this.now);
    if (asked.ok) this.commit(asked.value);
  }

  override perform(effect: Effect): void {
    super.perform(effect);
    if (effect.kind !== 'applyCapacity') return;
    const decidedIn = this.track.capacity[effect.revision]?.generation ?? 0;
    if (effect.instances > 0 && decidedIn > this.#decidedIn) {
      this.#holder = effect.revision;
      this.#decidedIn = decidedIn;
    }
    const held = (this.#holder && this.revisions[this.#holder]?.ordered) || 0;
    for (const [id, seen] of Object.entries(this.revisions))
      this.revisions[id] = {
        ...seen,
        ready: id === this.#holder ? seen.ordered : Math.min(seen.ordered, this.size - held),
      };
  }

  readyOf(version: string): number {
    return this.revisions[idOf(version)]?.ready ?? 0;
  }
}

function stableIn(size: number, strategy?: StrategySpec): NarrowWorld {
  const world = new NarrowWorld(size);
  world.releaseInPlace('v1', strategy);
  world.settle();
  expect(world.track.stable).toBe(idOf('v1'));
  return world;
}

describe.each([1, 3])('a workload of %i that is changed in place', (size) => {
  it('is replaced by a good release', () => {
    const world = stableIn(size);
    world.releaseInPlace('v2');
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
    expect(world.readyOf('v2')).toBe(size);
  });

  it('goes back from a release that served already, though as many are ordered of stable as before', () => {
    const world = stableIn(size);
    world.checkPasses = false;
    world.releaseInPlace('v2', CHECKED);
    world.lookUntil(() => world.share('v2') === 10_000);
    world.settle();
    expect(world.track.last?.phase.name).toBe('rolled-back');
    expect(world.readyOf('v1')).toBe(size);
    expect(shareOf(world.track.split, idOf('v1'))).toBe(10_000);
  });

  it('goes back to stable from two releases, the second of which came while the first was under way', () => {
    const world = stableIn(size);
    world.releaseInPlace('v2');
    world.lookUntil(() => world.readyOf('v2') > 0);
    world.checkPasses = false;
    world.releaseInPlace('v3', CHECKED);
    world.settle();
    expect(world.track.stable).toBe(idOf('v1'));
    expect(world.readyOf('v1')).toBe(size);
  });

  it('is ordered anew once and not again', () => {
    const world = stableIn(size);
    world.checkPasses = false;
    world.releaseInPlace('v2', CHECKED);
    world.lookUntil(() => world.track.active?.phase.name === 'rolling-back');
    world.ignored = ['applyCapacity', 'applySplit'];
    for (let look = 0; look < 5; look++) world.look();
    const since = world.facts.slice(world.kinds.lastIndexOf('rollbackBegun'));
    const orders = since.filter(({ kind }) => kind === 'capacityOrdered');
    expect(orders).toEqual([expect.objectContaining({ revision: idOf('v1') })]);
  });
});

describe('pods that come back as the candidate’s', () => {
  it.each([1, 3])('hold up no release when %i of stable were lost to it', (lost) => {
    const world = stableIn(3);
    world.releaseInPlace('v2');
    world.lookUntil(() => world.readyOf('v2') === 1);
    world.ready('v1', Math.max(0, 2 - lost));
    world.ready('v2', Math.min(3, 1 + lost));
    world.settle();
    expect(world.track.last?.phase.name).toBe('succeeded');
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

describe('a plan in place', () => {
  const words = (strategy: StrategySpec, instances: number, lane: RolloutLane = 'normal') =>
    compilePlan(sampleComponent(strategy, instances), { first: false, lane, shares: 'in-place' }).steps.map(
      describeStep,
    );

  it('has one instance away at a time where the strategy would have one more', () => {
    expect(words(ROLLING, 3)).toEqual([
      'provision 0 candidate, 2 stable',
      'provision 1 candidate, 2 stable',
      'shift to 50%',
      'provision 1 candidate, 1 stable',
      'provision 2 candidate, 1 stable',
      'switch all requests to the candidate',
      'provision 2 candidate, 0 stable',
      'provision 3 candidate, 0 stable',
      'retire the old copy',
    ]);
  });

  it('keeps no old copy, because there is none', () => {
    expect(words(SAMPLE_CANARY, 3, 'undo')).toEqual([
      'provision 3 candidate, 0 stable',
      'switch all requests to the candidate',
      'retire the old copy',
    ]);
  });
});
