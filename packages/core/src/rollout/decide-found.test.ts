import { expect, test } from 'vitest';
import { wholeTo } from '../traffic/split.ts';
import { SAMPLE_CANARY } from './testing/sample-component.ts';
import { idOf, TameWorld } from './testing/tame-world.ts';

const FOUND = idOf('found');

/** A track of which nothing is known, in a world that another store has left: a revision runs and has all the traffic. */
function leftWorld(): TameWorld {
  const world = new TameWorld();
  world.revisions[FOUND] = {
    ...{ ordered: 4, generation: 0, ready: 4, wanted: null, disrupted: false },
    ...{ crashLooping: false, reason: null, youngestStartAt: world.now },
  };
  world.inForce = wholeTo(FOUND);
  return world;
}

test('what serves and is not known goes on serving while the first release is not ready', () => {
  const world = leftWorld();
  for (let look = 0; look < 5; look++) world.look();
  world.ignored = ['applyCapacity'];
  world.release('v1', { strategy: { ...SAMPLE_CANARY, progressDeadlineMs: 60_000 } });
  world.settle();
  expect(world.track.last?.phase.name).toBe('rolled-back');
  expect(world.inForce).toEqual(wholeTo(FOUND));
  expect(world.revisions[FOUND]?.ready).toBe(4);
});

test('what serves and is not known is retired once the first release serves, and not before', () => {
  const world = leftWorld();
  world.release('v1');
  world.lookUntil(() => world.revisions[FOUND] === undefined);
  expect(world.inForce).toEqual(wholeTo(idOf('v1')));
  world.settle();
  expect(world.track.stable).toBe(idOf('v1'));
});

test('what serves and is not known can be released, and serves all the time', () => {
  const world = leftWorld();
  world.release('found');
  world.lookUntil(() => {
    expect(world.inForce).toEqual(wholeTo(FOUND));
    expect(world.revisions[FOUND]?.ready).toBe(4);
    return world.track.stable === FOUND;
  });
});

test('what runs, is not known and serves nobody is retired at once', () => {
  const world = leftWorld();
  world.inForce = null;
  world.lookUntil(() => world.revisions[FOUND] === undefined);
});

test('a first release whose route can never be made goes, and the next one is not kept waiting', () => {
  const world = new TameWorld();
  world.ignored = ['applySplit'];
  world.release('v1');
  world.lookUntil(() => world.track.split.weights.length > 0);
  world.look();
  world.command('abort');
  world.settle(60);
  expect(world.track.last?.phase.name).toBe('rolled-back');
  expect(world.revisions[idOf('v1')]).toBeUndefined();
  world.ignored = [];
  world.release('v2');
  world.settle();
  expect(world.track.stable).toBe(idOf('v2'));
});
