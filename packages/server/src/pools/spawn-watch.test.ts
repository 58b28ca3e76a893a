import { expect, it } from 'vitest';
import { SpawnWatch } from './spawn-watch.ts';

const instance = (
  state: 'starting' | 'ready' | 'unready' | 'backoff',
  startedAt: number,
  unexpectedExits = 0,
) => ({
  ...{ instance: 0, pid: 1, port: 1, state, startedAt, unexpectedExits, lastExit: null },
});

it('a process that was seen ready has started well, once', () => {
  const watch = new SpawnWatch();
  expect(watch.successRate).toBeNull();
  for (const state of ['starting', 'ready', 'unready', 'ready'] as const) watch.look([instance(state, 1)]);
  expect(watch.spawns).toEqual({ succeeded: 1, failed: 0 });
  watch.look([instance('ready', 9, 1)]);
  expect(watch.spawns).toEqual({ succeeded: 2, failed: 0 });
});

it('one that ended before anybody saw it ready has not', () => {
  const watch = new SpawnWatch();
  watch.look([instance('starting', 1)]);
  watch.look([instance('backoff', 2, 2)]);
  watch.look([instance('ready', 3, 3)]);
  expect(watch.spawns).toEqual({ succeeded: 1, failed: 3 });
  expect(watch.successRate).toBe(0.25);
});

it('an instance that is gone and comes back counts anew', () => {
  const watch = new SpawnWatch();
  watch.look([instance('ready', 1)]);
  watch.look([]);
  watch.look([instance('ready', 5)]);
  expect(watch.spawns).toEqual({ succeeded: 2, failed: 0 });
});
