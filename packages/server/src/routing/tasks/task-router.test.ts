import { expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { UnfinishedPolicy } from '@sluice/core/rollout/component-spec.ts';
import { EMPTY_SPLIT, type Split, wholeTo } from '@sluice/core/traffic/split.ts';
import { type DealtSplit, taskRouter, type TasksLeft } from './task-router.ts';

const TRACK = trackId('shop', 'local', 'agent');
const [V1, V2] = [revisionId('agent-1'), revisionId('agent-2')];

/** A router over one queue in memory, and what it had moved. */
function rig(unfinished: UnfinishedPolicy = 'finish') {
  let held: DealtSplit | null = null;
  const moved: TasksLeft[] = [];
  const replays: string[] = [];
  const pins: number[] = [];
  const router = taskRouter({
    deal: async ({ generation, split, pinMs }) => {
      pins.push(pinMs);
      if (held === null || generation > held.generation) held = { generation, split };
      return held;
    },
    dealt: async () => held,
    move: async (left) => void moved.push(left),
    replay: async (queue) => void replays.push(queue),
    unfinished,
    pinMs: 30_000,
  });
  const apply = (split: Split, generation: number): Promise<void> =>
    router.apply({
      ...{ track: TRACK, split, generation, goal: null, route: { host: null, path: '/' } },
      request: { protocol: 'http1', timeoutMs: 1_000, maxBodyBytes: 0 },
    });
  return { router, moved, replays, pins, apply };
}

const shared = (candidate: number): Split => ({
  ...EMPTY_SPLIT,
  weights: [
    { revision: V2, basisPoints: candidate },
    { revision: V1, basisPoints: 10_000 - candidate },
  ],
});

it('moves what is left whenever the split has changed', async () => {
  const { moved, apply } = rig();
  await apply(shared(500), 1);
  await apply(shared(0), 2);
  await apply(wholeTo(V2), 3);
  expect(moved).toEqual([
    { queue: TRACK, running: false, generation: 1 },
    { queue: TRACK, running: false, generation: 2 },
    { queue: TRACK, running: false, generation: 3 },
  ]);
});

it('takes along what is being worked on only where that is wanted', async () => {
  const { moved, apply } = rig('retry');
  await apply(wholeTo(V1), 1);
  expect(moved).toMatchObject([{ running: true }]);
});

it('pins what is left only where that is wanted', async () => {
  const [free, pinned] = [rig('retry'), rig('pin')];
  for (const { apply } of [free, pinned]) await apply(wholeTo(V1), 1);
  expect([free.pins, pinned.pins]).toEqual([[0], [30_000]]);
  expect(pinned.moved).toMatchObject([{ running: false }]);
});

it('knows no split before the first, and may be told that nobody serves', async () => {
  const { apply, router } = rig();
  expect(await router.observe(TRACK)).toBeNull();
  await apply(EMPTY_SPLIT, 1);
  expect(await router.observe(TRACK)).toEqual({ split: EMPTY_SPLIT, generation: 1 });
});

it('refuses what a newer order has overtaken, and another split under the same generation', async () => {
  const { moved, apply } = rig();
  await apply(wholeTo(V1), 5);
  await apply(wholeTo(V1), 5);
  const stale = { code: 'refused-as-stale', cause: { heldGeneration: 5, isReused: false } };
  await expect(apply(wholeTo(V2), 4)).rejects.toMatchObject(stale);
  await expect(apply(wholeTo(V2), 5)).rejects.toMatchObject({ cause: { isReused: true } });
  expect(moved).toHaveLength(2);
});

it('lets the last tasks be done again when it begins to mirror, and at no other time', async () => {
  const { replays, apply } = rig();
  await apply(wholeTo(V1), 1);
  await apply({ ...wholeTo(V1), mirror: { revision: V2, basisPoints: 1_000 } }, 2);
  await apply(wholeTo(V1), 3);
  expect(replays).toEqual([TRACK]);
});

it('does not call a split in force before what it left has moved, so that a server that died between is followed', async () => {
  const split = wholeTo(V1);
  const router = taskRouter({
    deal: async () => ({ generation: 4, split }),
    dealt: async () => ({ generation: 4, split, moved: 3 }),
    move: async () => undefined,
    unfinished: 'retry',
    pinMs: 30_000,
  });
  expect(await router.observe(TRACK)).toEqual({ split, generation: 3 });
});
