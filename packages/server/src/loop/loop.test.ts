import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { listEvents } from '../store/events/list-events.ts';
import { verifyLedger } from '../store/ledger/read-ledger.ts';
import { testDatabase, type TestDatabase } from '../store/testing/test-database.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import { startLoop, type Loop, type LoopOptions } from './loop.ts';
import { postgresTrackStore } from './postgres-track-store.ts';
import { obedientWorld, type ObedientWorld } from './testing/obedient-world.ts';
import type { TrackStore } from './track-store.ts';

const TENANT = 'default';
const ID = trackId('shop', 'local', 'web');
const now = (): number => Date.now();
const silent = {
  lag: () => undefined,
  decided: () => undefined,
  settled: () => undefined,
  performed: () => undefined,
  observationFailed: () => undefined,
  finished: () => undefined,
};

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
      instruments: silent,
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
