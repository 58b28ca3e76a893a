import { describe, expect, it } from 'vitest';
import { decidePool, neededPlaces, type PoolLoad, type PoolMemory, type PoolOrder } from './pool.ts';
import { mostWorkersOf, type PoolSpec } from './pool-spec.ts';

const SPEC: PoolSpec = {
  ...{ mostWorkers: 20, tasksPerWorker: 2, targetWaitMs: 10_000, keepMs: 60_000, sleepAfterMs: null },
  ...{ spareWorkers: 0, isForeseeing: false, scaler: 'hpa' },
  recycle: { tasks: 0, ageMs: 0, memoryBytes: 0 },
};
const ORDER: PoolOrder = { ordered: 2, instances: 2, isJudged: false };
const REST: PoolLoad = { waiting: 0, running: 0, oldestAt: null, attemptMs: 100, foreseenPlaces: 0 };

/** A pool over time. */
function pool(spec: Partial<PoolSpec> = {}, order: Partial<PoolOrder> = {}) {
  let memory: PoolMemory | null = null;
  return (now: number, load: Partial<PoolLoad>, also: Partial<PoolOrder> = {}) => {
    const decided = decidePool(
      { ...SPEC, ...spec },
      { ...ORDER, ...order, ...also },
      { ...REST, ...load },
      { now, memory },
    );
    memory = JSON.parse(JSON.stringify(decided.memory)) as PoolMemory;
    return decided;
  };
}

describe('the places that a load needs', () => {
  it.each([
    ['what runs needs one each', { running: 5 }, 5],
    ['what waits needs only so many as clear it in time', { waiting: 1000, attemptMs: 50, oldestAt: 0 }, 5],
    ['what takes longer than the time that is left needs one each', { waiting: 8, attemptMs: 60_000 }, 8],
    ['without knowing how long attempts take it needs one each', { waiting: 8, attemptMs: null }, 8],
    ['what has waited for too long already needs one each', { waiting: 8, oldestAt: -10_000 }, 8],
    ['half the time left needs twice as many', { waiting: 100, oldestAt: -5_000 }, 2],
  ])('%s', (_name, load, places) => {
    expect(neededPlaces({ ...REST, ...load }, 10_000, 0)).toBeCloseTo(places, 6);
  });
});

describe('a pool', () => {
  it('has what was ordered at rest, and never more than its part of the most', () => {
    const decide = pool();
    expect(decide(0, {})).toMatchObject({ workers: 2, isAsleep: false });
    expect(decide(1, { waiting: 500, attemptMs: null })).toMatchObject({ workers: 20 });
    expect(decide(2, { waiting: 500, attemptMs: null }).why).toContain('20 are the most');
  });

  it('gives a revision with a part of the order the same part of the most', () => {
    expect(mostWorkersOf(SPEC, { ordered: 1, instances: 4 })).toBe(5);
    expect(mostWorkersOf(SPEC, { ordered: 4, instances: 4 })).toBe(20);
    expect(mostWorkersOf(SPEC, { ordered: 30, instances: 4 })).toBe(30);
    expect(pool({}, { ordered: 1, instances: 4 })(0, { waiting: 500, attemptMs: null }).workers).toBe(5);
  });

  it('grows at once, and shrinks to the most that was needed lately', () => {
    const decide = pool();
    expect(decide(0, { running: 30 }).workers).toBe(15);
    expect(decide(30_000, { running: 20 }).workers).toBe(15);
    expect(decide(59_000, { running: 4 }).workers).toBe(15);
    expect(decide(61_000, { running: 4 }).workers).toBe(10);
    expect(decide(91_000, { running: 4 })).toMatchObject({ workers: 2, why: expect.stringContaining('4') });
  });

  it('remembers no more than it needs for that', () => {
    const decide = pool();
    for (let at = 0; at < 1_000; at++) decide(at, { running: at % 30 });
    expect(decide(1_000, { running: 1 }).memory.needs.length).toBeLessThan(20);
  });

  it('has its spare workers beside what the load needs', () => {
    const decide = pool({ spareWorkers: 3 });
    expect(decide(0, {}).workers).toBe(3);
    expect(decide(1, { running: 8 }).workers).toBe(7);
  });

  it('starts what is foreseen ahead of it', () => {
    expect(pool()(0, { foreseenPlaces: 12.5 }).workers).toBe(7);
  });

  it('is gone when a release orders none', () => {
    expect(pool({ sleepAfterMs: 1 }, { ordered: 0 })(0, {})).toMatchObject({ workers: 0, isAsleep: false });
  });
});

describe('a pool that may sleep', () => {
  const sleepy = { sleepAfterMs: 5_000, keepMs: 1_000 };

  it('sleeps when nothing came in for a while, and wakes with the first task', () => {
    const decide = pool(sleepy);
    expect(decide(0, { running: 1 })).toMatchObject({ isAsleep: false });
    expect(decide(4_999, {})).toMatchObject({ workers: 2, isAsleep: false });
    expect(decide(5_000, {})).toMatchObject({ workers: 0, isAsleep: true });
    expect(decide(9_000, { waiting: 1, oldestAt: 9_000 })).toMatchObject({ workers: 2, isAsleep: false });
  });

  it('is awake for as long as a rollout goes on, and for a while after it', () => {
    const decide = pool(sleepy);
    decide(0, {});
    expect(decide(100_000, {}, { isJudged: true })).toMatchObject({ isAsleep: false });
    expect(decide(104_000, {})).toMatchObject({ isAsleep: false });
    expect(decide(106_000, {})).toMatchObject({ isAsleep: true });
  });

  it('does not sleep while load is foreseen, nor with spare workers', () => {
    const decide = pool(sleepy);
    decide(0, {});
    expect(decide(100_000, { foreseenPlaces: 0.5 })).toMatchObject({ isAsleep: false });
    const spare = pool({ ...sleepy, spareWorkers: 1 });
    spare(0, {});
    expect(spare(100_000, {})).toMatchObject({ isAsleep: false });
  });
});
