import { describe, expect, test } from 'vitest';
import { assert } from '../kernel/assert.ts';
import { wholeTo } from '../traffic/split.ts';
import { brokenInvariants } from './invariants.ts';
import type { Observation } from './observation.ts';
import type { CapacityOrder, Rollout, TrackState } from './state.ts';
import type { StrategySpec } from './strategy-spec.ts';
import { SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import { idOf, stableWorld, type TameWorld } from './testing/tame-world.ts';

const [v1, v2] = [idOf('v1'), idOf('v2')];

const STRATEGIES: readonly StrategySpec[] = [
  SAMPLE_CANARY,
  { ...SAMPLE_BASE, kind: 'blue-green', bakeMs: 5000 },
  { ...SAMPLE_BASE, kind: 'immutable', keepOldMs: 0 },
  { ...SAMPLE_BASE, kind: 'shadow', shareBasisPoints: 1000, holdMs: 5000, then: 'switch' },
  {
    ...SAMPLE_BASE,
    kind: 'rolling',
    maxSurge: { instances: 0 },
    maxUnavailable: { instances: 1 },
    holdMs: 3000,
  },
];

function watched(world: TameWorld): void {
  for (let second = 0; second < 1000 && world.track.active !== null; second++) {
    const seen = world.observation();
    world.look();
    expect(brokenInvariants(world.track, seen)).toEqual([]);
  }
  expect(world.track.active).toBeNull();
}

describe('no promise is broken along', () => {
  test.each(STRATEGIES.map((strategy) => [strategy.kind, strategy] as const))(
    'a %s release that goes well, one that fails and one that is aborted',
    (_, strategy) => {
      const world = stableWorld('v1', { strategy });
      world.release('v2', { strategy });
      world.look();
      watched(world);
      expect(world.track.stable).toBe(v2);
      world.errorRates[idOf('v3')] = 0.3;
      world.release('v3', { strategy });
      world.look();
      watched(world);
      world.release('v4', { strategy });
      for (let second = 0; second < 5; second++) world.look();
      world.command('abort');
      watched(world);
    },
  );
});

const given = (instances: number, retiring: boolean): CapacityOrder => ({
  instances,
  dedicatedPorts: false,
  retiring,
  generation: 0,
  certain: 0,
});

/** A canary in the middle, and the world as it is then. */
function midway(): { track: TrackState; seen: Observation; active: Rollout } {
  const world = stableWorld('v1');
  world.release('v2');
  world.reach('running', 'judge');
  const { active } = world.track;
  assert(active, 'a rollout is under way');
  return { track: world.track, seen: world.observation(), active };
}

const spoilt = (
  change: (track: TrackState, active: Rollout) => TrackState,
  look: (seen: Observation) => Observation = (seen) => seen,
): readonly string[] => {
  const { track, seen, active } = midway();
  expect(brokenInvariants(track, seen)).toEqual([]);
  return brokenInvariants(change(track, active), look(seen));
};
const weights = (first: number, second: number): TrackState['split']['weights'] => [
  { revision: v2, basisPoints: first },
  { revision: v1, basisPoints: second },
];
const rollingBack = (active: Rollout, kind: 'aborted' | 'judge' | 'limit' = 'aborted'): Rollout => ({
  ...active,
  phase: { name: 'rolling-back', since: 0, reason: { kind, detail: 'for a test' } },
});

describe('each promise is seen to be broken', () => {
  test.each([
    [
      '1: the weights sum to',
      (track: TrackState) => ({ ...track, split: { ...track.split, weights: weights(1, 2) } }),
    ],
    [
      '1: web-v2 has 7500 basis points and only 1 instances ordered of 4',
      (track: TrackState) => ({ ...track, split: { ...track.split, weights: weights(7500, 2500) } }),
    ],
    [
      '2: web-v2 is to be retired while the ordered split reaches it',
      (track: TrackState) => ({
        ...track,
        capacity: { ...track.capacity, [v2]: given(1, true) },
      }),
    ],
    ['3: stable is web-v2', (track: TrackState) => ({ ...track, stable: v2 })],
    [
      '3: web-v1 is stable and is to be retired',
      (track: TrackState) => ({
        ...track,
        capacity: { ...track.capacity, [v1]: given(4, true) },
      }),
    ],
    [
      '4: requests are mirrored to web-v2',
      (track: TrackState, active: Rollout) => ({
        ...track,
        active: rollingBack(active),
        split: { ...track.split, mirror: { revision: v2, basisPoints: 100 } },
      }),
    ],
    [
      '4: requests are matched to web-v2',
      (track: TrackState, active: Rollout) => ({
        ...track,
        active: rollingBack(active),
        split: { ...track.split, matches: [{ conditions: [], revision: v2 }] },
      }),
    ],
    [
      '4: web-v2 is being taken back and its share grows to 2600',
      (track: TrackState, active: Rollout) => ({
        ...track,
        active: rollingBack(active),
        split: { ...track.split, weights: weights(2600, 7400) },
      }),
    ],
    [
      '5: the split rests on generation',
      (track: TrackState) => ({ ...track, splitGeneration: track.version + 1 }),
    ],
    [
      '6: the verdict (limit) was found without one request',
      (track: TrackState, active: Rollout) => ({
        ...track,
        active: {
          ...rollingBack(active, 'limit'),
          evidence: active.evidence && {
            ...active.evidence,
            candidate: { requests: 0, errors: 0, latency: [] },
          },
        },
      }),
    ],
    [
      '7: web-v9 is ordered to run and belongs to nobody',
      (track: TrackState) => ({
        ...track,
        capacity: {
          ...track.capacity,
          [idOf('v9')]: given(1, false),
        },
      }),
    ],
    [
      '7: web-v2 has requests and nothing is ordered for it',
      (track: TrackState) => ({ ...track, capacity: { [v1]: track.capacity[v1] as never } }),
    ],
  ])('%s', (words, change) => {
    expect(spoilt(change).join('\n')).toContain(words);
  });

  test('6: a judge that has nothing against the candidate cannot have failed it', () => {
    const broken = spoilt((track, active) => {
      const evidence = active.evidence && {
        ...active.evidence,
        candidate: { requests: 5, errors: 0, latency: [] },
      };
      return { ...track, active: { ...rollingBack(active, 'judge'), evidence } };
    });
    expect(broken.join()).toContain('6: the judge is said to have failed the candidate');
  });

  test('2: what is gone from the target and still in force', () => {
    const broken = spoilt(
      (track) => ({
        ...track,
        split: wholeTo(v1),
        capacity: { ...track.capacity, [v2]: given(0, true) },
      }),
      (seen) => {
        if (seen.target.kind !== 'observed') return seen;
        const { [v2]: _, ...revisions } = seen.target.revisions;
        return { ...seen, target: { kind: 'observed', revisions } };
      },
    );
    expect(broken.join()).toContain('2: web-v2 is retired while the router still reaches it');
  });

  test('7: what runs without an order', () => {
    const broken = spoilt(
      (track) => track,
      (seen) => {
        if (seen.target.kind !== 'observed') return seen;
        const stray = seen.target.revisions[v1];
        assert(stray, 'v1 runs');
        return {
          ...seen,
          target: { kind: 'observed', revisions: { ...seen.target.revisions, 'web-v0': stray } },
        };
      },
    );
    expect(broken).toEqual(['7: web-v0 runs without an order']);
  });
});
