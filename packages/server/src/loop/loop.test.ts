import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { listEvents } from '../store/events/list-events.ts';
import { verifyLedger } from '../store/ledger/read-ledger.ts';
import { testDatabase, type TestDatabase } from '../store/testing/test-database.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import { startLoop, type Loop, type LoopOptions } from './loop.ts';
import { postgresTrackStore } from './postgres-track-store.ts';
import { obedientWorld, type ObedientWorld } from './testing/obedient-world.ts';
import { silentInstruments } from './testing/silent-instruments.ts';
import type { TrackStore } from './track-store.ts';

const TENANT = 'default';
const ID = trackId('shop', 'local', 'web');
const now = (): number => Date.now();

describe('the loop over a real store', () => {
  let database: TestDatabase;
  let world: ObedientWorld;
  const loops: Loop[] = [];

  beforeEach(async () => {
    database = await testDatabase();
    world = obedientWorld({ now, requestsPerSecond: 100, remember: true });
  });
  afterEach(async () => {
    await Promise.all(loops.splice(0).map((loop) => loop.stop()));
    await database.close();
  });

  const storeFor = (holder: string): TrackStore =>
    postgresTrackStore({ db: database.db, holder, now, unreadable: () => undefined });

  const start = (holder: string, more: Partial<LoopOptions> = {}): Loop => {
    const loop = startLoop({
      store: storeFor(holder),
      world,
      now,
      log: pino({ level: 'silent' }),
      instruments: silentInstruments,
      holder,
      pace: { activeMs: 50, idleMs: 1000 },
      concurrency: 4,
      leaseMs: 1000,
      pollMs: 20,
      ...more,
    });
    loops.push(loop);
    return loop;
  };

  /** The state as the older build stored it, its clock moved to now. */
  const storeOlderRollout = async (): Promise<void> => {
    const text = await readFile(new URL('testing/rollout-of-an-older-build.json', import.meta.url), 'utf8');
    const shift = Math.floor((now() - 1_760_000_006_000) / 1000) * 1000;
    const moved = text.replaceAll(/17600000\d{5}/g, (instant) => `${Number(instant) + shift}`);
    const state = JSON.parse(moved) as TrackState;
    await commitTrack(database.db, TENANT, { trackId: ID, expectedVersion: 0, state, nextWakeAt: now() });
  };

  const ended = async (): Promise<TrackState> => {
    for (;;) {
      const track = await storeFor('reader').load(TENANT, ID);
      if (track && track.active === null && track.last) return track;
      await delay(20); // Polls the store for an event of another connection.
    }
  };

  const shares = (): readonly number[] =>
    world.performed.flatMap(({ effect }) =>
      effect.kind === 'applySplit' ? [effect.split.weights[0]?.basisPoints ?? 0] : [],
    );

  it('goes on with a rollout that an older build began, by the plan that was stored with it', async () => {
    await storeOlderRollout();
    start('newer build');
    const track = await ended();
    expect(track.last?.phase.name).toBe('succeeded');
    expect(track.stable).toBe('web-000000000002');
    expect([...new Set(shares())]).toEqual([7500, 10_000]);
  });

  it('in two replicas at once does each thing once: events and ledger show one history', async () => {
    await storeOlderRollout();
    start('replica one');
    start('replica two');
    await ended();
    const events = await listEvents(database.db, TENANT, { after: 0, limit: 500 });
    const finished = events
      .filter(({ kind }) => kind === 'stepFinished')
      .map(({ body }) => (body as { step: number }).step);
    expect(finished).toEqual([...new Set(finished)].toSorted((a, b) => a - b));
    expect(events.filter(({ kind }) => kind === 'rolloutSucceeded')).toHaveLength(1);
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ ok: true });
  });

  it('takes over from a replica that hangs with a track in hand, once its lease is over', async () => {
    await storeOlderRollout();
    const claimed = await storeFor('hanging replica').claim('hanging replica', 1, 300);
    expect(claimed).toHaveLength(1);
    start('replica two');
    expect((await ended()).last?.phase.name).toBe('succeeded');
  });
});

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
      revision: async () => null,
    };
    const world: LoopOptions['world'] = {
      observe: async () => {
        await new Promise<void>((resolve) => observing.push(resolve));
        const router = { kind: 'observed', inForce: null, generation: 0 } as const;
        const target = { kind: 'observed', revisions: {} } as const;
        return { now: 0, target, router, metrics: { kind: 'not-asked' }, baseline: null };
      },
      perform: async () => undefined,
    };
    const loop = startLoop({
      ...{
        store,
        world,
        now,
        instruments: silentInstruments,
        holder: 'one',
        concurrency,
        leaseMs: 1000,
        pollMs,
      },
      log: pino({ level: 'silent' }),
      pace: { activeMs: 50, idleMs: 1000 },
    });
    const claimedTimes = (times: number): Promise<void> =>
      new Promise((resolve) => {
        claimed = () => void (claims.length >= times && resolve());
        claimed();
      });
    const answer = async (count: number): Promise<void> => {
      for (const resolve of observing.splice(0, count)) resolve();
      await new Promise((resolve) => setImmediate(resolve)); // Lets everything happen that follows by itself.
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
