import { describe, expect, test } from 'vitest';
import { EMPTY_SPLIT, wholeTo } from '../traffic/split.ts';
import { type Effect, effectsOf, sameSplit } from './effects.ts';
import type { Observation } from './observation.ts';
import type { CapacityOrder, TrackState } from './state.ts';
import { idOf, stableWorld } from './testing/tame-world.ts';

const [v1, v2] = [idOf('v1'), idOf('v2')];
const order = (instances: number, retiring = false): CapacityOrder => ({
  instances,
  dedicatedPorts: false,
  retiring,
  generation: 0,
  certain: 0,
});
const running = (ordered: number, ready = ordered): NonNullable<ReturnType<typeof revisionsOf>[string]> => ({
  ordered,
  generation: 99,
  ready,
  wanted: null,
  disrupted: false,
  crashLooping: false,
  reason: null,
  youngestStartAt: 0,
});
function revisionsOf({ target }: Observation): Extract<typeof target, { kind: 'observed' }>['revisions'] {
  return target.kind === 'observed' ? target.revisions : {};
}

/** A track with v1 stable, and the look at a world that has done everything it was told. */
function settled(): { track: TrackState; seen: Observation } {
  const world = stableWorld('v1');
  return { track: world.track, seen: world.observation() };
}

const words = (effects: readonly Effect[]): readonly string[] =>
  effects.map((effect) => {
    if (effect.kind === 'applySplit')
      return `split ${effect.split.weights.map((weight) => `${weight.revision} ${weight.basisPoints}`).join(' ')}`;
    if (effect.kind === 'applyCapacity') return `capacity ${effect.revision} ${effect.instances}`;
    return effect.kind === 'retireRevision' ? `retire ${effect.revision}` : effect.kind;
  });

test('what is seen to be done is not ordered again', () => {
  const { track, seen } = settled();
  expect(effectsOf(track, seen)).toEqual([]);
});

describe('capacity', () => {
  test('is ordered when the target runs another number, or nothing', () => {
    const { track, seen } = settled();
    const more = { ...track, capacity: { ...track.capacity, [v2]: order(2) } };
    expect(words(effectsOf(more, seen))).toEqual(['capacity web-v2 2']);
    const other = { ...seen, target: { kind: 'observed', revisions: { [v1]: running(3) } } } as const;
    expect(words(effectsOf(track, other))).toEqual(['capacity web-v1 4']);
  });

  test('is about what was ordered, not about what is ready', () => {
    const { track, seen } = settled();
    const slow = { ...seen, target: { kind: 'observed', revisions: { [v1]: running(4, 0) } } } as const;
    expect(effectsOf(track, slow)).toEqual([]);
  });
});

describe('the split', () => {
  test('is ordered when the router has another, or none', () => {
    const { track, seen } = settled();
    const none = { ...seen, router: { kind: 'observed', inForce: null, generation: 0 } } as const;
    expect(words(effectsOf(track, none))).toEqual(['split web-v1 10000']);
    const other = { ...seen, router: { kind: 'observed', inForce: wholeTo(v2), generation: 99 } } as const;
    expect(words(effectsOf(track, other))).toEqual(['split web-v1 10000']);
  });

  test('is ordered again when the router has the same from an older order', () => {
    const { track, seen } = settled();
    const renewed = { ...track, splitGeneration: 50, version: 50 };
    expect(words(effectsOf(renewed, seen))).toEqual(['split web-v1 10000']);
  });

  test('two splits are the same when they send every request the same way', () => {
    expect(sameSplit(wholeTo(v1), { ...wholeTo(v1) })).toBe(true);
    expect(sameSplit(wholeTo(v1), { ...wholeTo(v1), mirror: { revision: v2, basisPoints: 1 } })).toBe(false);
    expect(sameSplit(wholeTo(v1), { ...wholeTo(v1), salt: 'other' })).toBe(false);
  });
});

describe('retirement', () => {
  const withOld = (): { track: TrackState; seen: Observation } => {
    const { track, seen } = settled();
    return {
      track: { ...track, capacity: { ...track.capacity, [v2]: order(0, true) } },
      seen: { ...seen, target: { kind: 'observed', revisions: { ...revisionsOf(seen), [v2]: running(1) } } },
    };
  };
  const inForce = (split: Observation['router']): Observation => ({ ...withOld().seen, router: split });

  test('is ordered when no router reaches the revision', () => {
    const { track, seen } = withOld();
    expect(words(effectsOf(track, seen))).toEqual(['retire web-v2']);
  });

  test.each([
    [
      'by weight',
      {
        ...EMPTY_SPLIT,
        weights: [
          { revision: v1, basisPoints: 9999 },
          { revision: v2, basisPoints: 1 },
        ],
      },
    ],
    ['by a match', { ...wholeTo(v1), matches: [{ conditions: [], revision: v2 }] }],
    ['by a mirror', { ...wholeTo(v1), mirror: { revision: v2, basisPoints: 1 } }],
  ])('waits while the split in force reaches it %s', (_, split) => {
    const seen = inForce({ kind: 'observed', inForce: split, generation: 99 });
    expect(words(effectsOf(withOld().track, seen))).not.toContain('retire web-v2');
  });

  test('waits while a router may still get an older order', () => {
    const { track } = withOld();
    const seen = inForce({ kind: 'observed', inForce: wholeTo(v1), generation: 1 });
    expect(words(effectsOf({ ...track, splitGeneration: 2 }, seen))).not.toContain('retire web-v2');
  });

  test('waits while the router does not answer', () => {
    const seen = inForce({ kind: 'unreachable', message: 'no answer' });
    expect(effectsOf(withOld().track, seen)).toEqual([]);
  });

  test('is not ordered for what is gone', () => {
    const { track } = withOld();
    expect(effectsOf(track, settled().seen)).toEqual([]);
  });
});

test('a target that does not answer is given no orders', () => {
  const { track, seen } = settled();
  const more = { ...track, capacity: { ...track.capacity, [v2]: order(2), [v1]: order(0, true) } };
  const down = { ...seen, target: { kind: 'unreachable', message: 'no answer' } } as const;
  expect(effectsOf(more, down)).toEqual([]);
});
