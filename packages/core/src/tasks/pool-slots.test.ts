import { describe, expect, it } from 'vitest';
import { isDue, planSlots, type PoolSlot, type SlotPlan } from './pool-slots.ts';

const NEVER = { tasks: 0, ageMs: 0, memoryBytes: 0 };
const NOW = 1_000_000;

const slot = (instance: number, running: number | null = 0, also: Partial<PoolSlot> = {}): PoolSlot => ({
  ...{ instance, isReady: true, startedAt: NOW - 5_000, memoryBytes: null },
  worker: running === null ? null : { running, taken: 0 },
  ...also,
});
const plan = (
  workers: number,
  slots: readonly PoolSlot[],
  before: SlotPlan | null = null,
  { recycle = NEVER, now = NOW } = {},
) => planSlots(workers, slots, before, { recycle, now });
const leaving = ({ leave }: SlotPlan) => leave.map(({ instance }) => instance);

describe('the instances of a pool', () => {
  it('begin with what runs, and grow by the lowest free numbers', () => {
    expect(plan(2, [slot(0), slot(1)])).toEqual({ run: [0, 1], leave: [] });
    expect(plan(4, [slot(0), slot(2)], { run: [0, 2], leave: [] })).toEqual({ run: [0, 1, 2, 3], leave: [] });
  });

  it('let the idle leave first, then who has the least to finish', () => {
    const slots = [slot(0, 3), slot(1, 0), slot(2, 1), slot(3, 2)];
    expect(plan(3, slots)).toMatchObject({ run: [0, 2, 3] });
    expect(plan(1, slots)).toMatchObject({ run: [0] });
    expect(leaving(plan(1, slots)).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  it('drop at once what has not begun, and last of all a worker that nobody sees', () => {
    const starting = slot(4, null, { isReady: false });
    expect(plan(2, [slot(0), slot(1, null), starting])).toEqual({ run: [0, 1], leave: [] });
    expect(plan(1, [slot(0, 9), slot(1, null)])).toMatchObject({ run: [1] });
  });

  it('keep a number for as long as its instance leaves', () => {
    const before = { run: [0], leave: [{ instance: 1, since: NOW - 1_000 }] };
    expect(plan(2, [slot(0), slot(1, 1)], before)).toMatchObject({ run: [0, 2], leave: before.leave });
    expect(plan(2, [slot(0), slot(1, null, { startedAt: null })], before)).toEqual({
      run: [0, 1],
      leave: [],
    });
  });

  it('stop one that leaves and whose worker was not seen for long, and leave one alone that works for hours', () => {
    const before = { run: [0], leave: [{ instance: 1, since: NOW - 70_000 }] };
    const old = { startedAt: NOW - 100_000 };
    expect(plan(1, [slot(0), slot(1, null, old)], before)).toEqual({ run: [0], leave: [] });
    expect(leaving(plan(1, [slot(0), slot(1, 1, old)], before))).toEqual([1]);
  });

  it('all leave when the pool sleeps', () => {
    expect(plan(0, [slot(0), slot(1)])).toMatchObject({ run: [] });
  });
});

describe('a worker that has done its part', () => {
  const recycle = { ...NEVER, tasks: 100 };
  const tired = (instance: number) => slot(instance, 1, { worker: { running: 1, taken: 100 } });

  it('is known by tasks, age or memory', () => {
    expect(isDue(tired(0), recycle, NOW)).toBe(true);
    expect(isDue(slot(0), recycle, NOW)).toBe(false);
    expect(isDue(slot(0), { ...NEVER, ageMs: 5_000 }, NOW)).toBe(true);
    expect(isDue(slot(0), { ...NEVER, ageMs: 7_000 }, NOW)).toBe(false);
    const fat = slot(0, 0, { memoryBytes: 2_000 });
    expect(isDue(fat, { ...NEVER, memoryBytes: 2_000 }, NOW)).toBe(true);
    expect(isDue(fat, NEVER, NOW)).toBe(false);
  });

  it('leaves only when another one is ready in its place', () => {
    const first = plan(2, [tired(0), slot(1)], { run: [0, 1], leave: [] }, { recycle });
    expect(first).toEqual({ run: [0, 1, 2], leave: [] });
    const starting = slot(2, null, { isReady: false });
    expect(plan(2, [tired(0), slot(1), starting], first, { recycle })).toEqual(first);
    const second = plan(2, [tired(0), slot(1), slot(2)], first, { recycle });
    expect(second).toMatchObject({ run: [1, 2] });
    expect(leaving(second)).toEqual([0]);
  });

  it('waits for its turn while others leave', () => {
    const before = { run: [1, 2], leave: [{ instance: 0, since: NOW }] };
    expect(plan(2, [tired(0), tired(1), slot(2)], before, { recycle })).toEqual(before);
  });

  it('goes with its number spread over time when many began together', () => {
    const ages = [0, 1, 2, 3].map((instance) => {
      const due = (ageMs: number) =>
        isDue(slot(instance, 0, { startedAt: NOW - ageMs }), { ...NEVER, ageMs: 1_000 }, NOW);
      return Array.from({ length: 1_001 }, (_, ageMs) => ageMs).find(due);
    });
    expect(new Set(ages).size).toBe(4);
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(800);
  });
});
