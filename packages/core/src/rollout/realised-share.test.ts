import { expect, test } from 'vitest';
import { judge } from '../analysis/judge.ts';
import type { StrategySpec } from './strategy-spec.ts';
import { SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import { stableWorld, type TameWorld } from './testing/tame-world.ts';

/** The candidate's part of the requests since the split settled; null before that, and where it has none. */
function realisedShare({ track }: TameWorld): number | null {
  const evidence = track.active?.evidence;
  return evidence ? judge(evidence.judge).realisedShare : null;
}

/** Whether the realised share was suspected at any of the next looks. */
function isEverSuspected(world: TameWorld, looks: number): boolean {
  return Array.from({ length: looks }).some(() => {
    world.look();
    const evidence = world.track.active?.evidence;
    return evidence ? judge(evidence.judge).shareMismatch : false;
  });
}

test('a mirror gives the candidate m / (1 + m) of what both are sent, and is not suspected for it', () => {
  const shadow: StrategySpec = {
    ...SAMPLE_BASE,
    ...{ kind: 'shadow', shareBasisPoints: 5000, holdMs: 60_000, then: 'retire' },
  };
  const world = stableWorld('v1');
  world.requestsPerSecond = 1000;
  world.release('v2', { strategy: shadow });
  world.reach('running', 'judge');
  expect(isEverSuspected(world, 40)).toBe(false);
  expect(realisedShare(world)).toBeCloseTo(1 / 3, 3);
});

test('a router that does not follow an order at once is not suspected, before or after it does', () => {
  const world = stableWorld('v1');
  world.requestsPerSecond = 1000;
  world.release('v2');
  world.reach('running', 'judge');
  world.ignored = ['applySplit'];
  world.reach('running', 'shift');
  expect(isEverSuspected(world, 40)).toBe(false);
  world.ignored = [];
  expect(isEverSuspected(world, 40)).toBe(false);
});

test('users who stick to a side have their own share', () => {
  const world = stableWorld('v1');
  world.requestsPerSecond = 1000;
  world.release('v2', { strategy: { ...SAMPLE_CANARY, sticky: { by: 'address' } } });
  world.reach('running', 'judge');
  expect(isEverSuspected(world, 40)).toBe(false);
  expect(realisedShare(world)).toBeNull();
});
