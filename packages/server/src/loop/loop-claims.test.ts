import { pino } from 'pino';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { describe, expect, it } from 'vitest';
import { startLoop, type Loop, type LoopOptions } from './loop.ts';
import { silentInstruments } from './testing/silent-instruments.ts';
import type { TrackStore } from './track-store.ts';

const TENANT = 'default';
const ID = trackId('shop', 'local', 'web');
const now = (): number => Date.now();

describe('what the loop claims', () => {
  /** A store with tracks that are always due, and a world that answers when it is told to. */
  const rig = (due: number, concurrency: number, pollMs: number) => {
    const claims: number[] = [];
    const observing: (() => void)[] = [];
    let left = due;
    let claimed: () => void = () => undefined;
    const store: TrackStore = {
      claim: async (_holder, limit) => {
        const count = Math.min(limit, left);
        left -= count;
        claims.push(limit);
        claimed();
        const track = newTrack(ID);
        return Array.from({ length: count }, () => ({ tenant: TENANT, track, dueAt: 0, lookedAt: 0 }));
      },
      load: async () => null,
      commit: async () => 'committed',
      reschedule: async () => undefined,
      wakeAll: async () => undefined,
      stock: async () => ({ tracks: 0, ledgerEntries: 0, rolloutsUnderWay: {} }),
      revision: async () => null,
    };
    const world: LoopOptions['world'] = {
      observe: async () => {
        await new Promise<void>((resolve) => observing.push(resolve));
        const router = { kind: 'observed', inForce: null, generation: 0 } as const;
        const target = { kind: 'observed', revisions: {} } as const;
        return { now: 0, target, router, metrics: { kind: 'not-asked' }, measured: [], baseline: null };
      },
      perform: async () => undefined,
    };
    const loop = startLoop({
      ...{
        store,
        world,
        now,
        instruments: silentInstruments,
        ordersDone: () => undefined,
        holder: 'one',
        concurrency,
        leaseMs: 1000,
        pollMs,
      },
      log: pino({ level: 'silent' }),
      pace: { activeMs: 50, idleMs: 1000 },
    });
    /** Lets everything happen that follows by itself. */
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const claimedTimes = async (times: number): Promise<void> => {
      await new Promise<void>((resolve) => {
        claimed = () => void (claims.length >= times && resolve());
        claimed();
      });
      await settled();
    };
    const answer = async (count: number): Promise<void> => {
      for (const resolve of observing.splice(0, count)) resolve();
      await settled();
    };
    return { loop, claims, claimedTimes, answer };
  };
  const LONG_MS = 60_000;
  const end = async (loop: Loop, answer: (count: number) => Promise<void>): Promise<void> => {
    let isStopped = false;
    const stopped = loop.stop().then(() => (isStopped = true));
    while (!isStopped) await answer(8);
    await stopped;
  };

  it('while more is due than it has room for, it waits until a quarter of its room is free', async () => {
    const { loop, claims, claimedTimes, answer } = rig(100, 8, LONG_MS);
    await claimedTimes(1);
    await answer(1);
    expect(claims).toEqual([8]);
    await answer(1);
    expect(claims).toEqual([8, 2]);
    await end(loop, answer);
  });

  it('takes whatever room there is when it is woken, and when its rest is over', async () => {
    const { loop, claims, claimedTimes, answer } = rig(100, 8, LONG_MS);
    await claimedTimes(1);
    await answer(1);
    loop.wake();
    await claimedTimes(2);
    expect(claims).toEqual([8, 1]);
    await end(loop, answer);
    const resting = rig(100, 8, 5);
    await resting.claimedTimes(1);
    await resting.answer(1);
    await resting.claimedTimes(2);
    expect(resting.claims[1]).toBe(1);
    await end(resting.loop, resting.answer);
  });

  it('a wake that comes during a claim is followed by another claim', async () => {
    const { loop, claims, claimedTimes } = rig(0, 8, LONG_MS);
    loop.wake();
    await claimedTimes(2);
    expect(claims).toEqual([8, 8]);
    await loop.stop();
  });
});
