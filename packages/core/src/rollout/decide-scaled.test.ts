import { describe, expect, it } from 'vitest';
import type { StrategySpec } from './strategy-spec.ts';
import { SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import { idOf, stableWorld, type TameWorld } from './testing/tame-world.ts';

const BLUE_GREEN: StrategySpec = { ...SAMPLE_BASE, checks: [], kind: 'blue-green', bakeMs: 30_000 };

/** A world whose stable revision of four instances is scaled to twelve by its load. */
function busyWorld(strategy: StrategySpec): TameWorld {
  const world = stableWorld('v1');
  world.ready('v1', 12, { wanted: 12 });
  world.release('v2', { strategy });
  return world;
}

const ordered = (world: TameWorld, version: string): number | undefined =>
  world.track.capacity[idOf(version)]?.instances;

describe('a load that an autoscaler has scaled stable for', () => {
  it('is what a blue-green candidate is given instances for before it gets everything', () => {
    const world = busyWorld(BLUE_GREEN);
    world.reach('running', 'provision');
    world.look();
    expect(ordered(world, 'v2')).toBe(12);
  });

  it('keeps stable at that size while the candidate bakes, so that the way back is open', () => {
    const world = busyWorld(BLUE_GREEN);
    world.reach('running', 'settle');
    expect(ordered(world, 'v1')).toBe(12);
    world.command('abort');
    world.look();
    expect(ordered(world, 'v1')).toBe(12);
    expect(world.share('v2')).toBe(0);
  });

  it('gives a canary instances in proportion to its share of that load', () => {
    const world = busyWorld({ ...SAMPLE_CANARY, checks: [] });
    world.reach('running', 'judge');
    expect(ordered(world, 'v2')).toBe(3);
  });

  it('does not make an autoscaler that stays at its fewest pods count for a load', () => {
    const world = stableWorld('v1');
    world.ready('v1', 4, { wanted: 4 });
    world.release('v2', { strategy: BLUE_GREEN });
    world.reach('running', 'settle');
    expect(ordered(world, 'v2')).toBe(4);
  });

  it('goes back to the declared fewest once the new revision is stable', () => {
    const world = busyWorld(BLUE_GREEN);
    world.settle();
    expect(ordered(world, 'v2')).toBe(4);
  });
});

describe('instances that a drain has taken', () => {
  it('are waited for instead of taking the candidate back', () => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: { ...SAMPLE_CANARY, checks: [] } });
    world.reach('running', 'judge');
    world.ready('v2', 0, { disrupted: true });
    for (let look = 0; look < 30; look++) world.look();
    expect(world.track.active?.phase.name).not.toBe('rolling-back');
    world.ready('v2', 0, { disrupted: false });
    world.lookUntil(() => world.track.active === null);
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'health' } });
  });
});
