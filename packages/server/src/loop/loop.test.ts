import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import { listEvents } from '../store/events/list-events.ts';
import { verifyLedger } from '../store/ledger/verify-ledger.ts';
import { ageTracks } from '../store/testing/track-fixtures.ts';
import { testDatabase, type TestDatabase } from '../store/testing/test-database.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { loopInstruments } from './loop-instruments.ts';
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
      ordersDone: () => undefined,
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

  /** The state as the older build stored it, its clock moved to now; due at once or at another time. */
  const storeOlderRollout = async (
    dueInMs = 0,
    change: (track: TrackState) => TrackState = (track) => track,
  ): Promise<void> => {
    const text = await readFile(new URL('testing/rollout-of-an-older-build.json', import.meta.url), 'utf8');
    const shift = Math.floor((now() - 1_760_000_006_000) / 1000) * 1000;
    const moved = text.replaceAll(/17600000\d{5}/g, (instant) => `${Number(instant) + shift}`);
    const state = change(JSON.parse(moved) as TrackState);
    await commitTrack(database.db, TENANT, {
      trackId: ID,
      expectedVersion: 0,
      state,
      nextWakeAt: now() + dueInMs,
    });
  };

  const ended = async (): Promise<TrackState> => {
    for (;;) {
      const track = await storeFor('reader').load(TENANT, ID);
      if (track && track.active === null && track.last) return track;
      await delay(20); // Polls the store for an event of another connection.
    }
  };

  /** Until nobody works on the track and it is not due. */
  const asleep = async (): Promise<void> => {
    for (;;) {
      const row = await database.db
        .selectFrom('tracks')
        .select(['claimed_by', 'next_wake_at'])
        .executeTakeFirst();
      if (row?.claimed_by === null && (row.next_wake_at ?? 0) > now() + 10_000) return;
      await delay(20); // Polls the store for an event of another connection.
    }
  };

  const paused = (active: Rollout): Rollout => ({
    ...active,
    phase: { name: 'held', step: 5, stepSince: now(), since: now(), reason: { kind: 'paused', by: 'ann' } },
  });

  /** When the track is due next after the commit that follows this version. */
  const nextWakeAfter = async (version: number): Promise<number> => {
    for (;;) {
      const row = await database.db
        .selectFrom('tracks')
        .select(['version', 'next_wake_at'])
        .executeTakeFirst();
      if (row && row.version > version) return row.next_wake_at ?? 0;
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
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ fault: null });
  });

  it('looks at once at what was to sleep: after an absence nobody knows what the world is like', async () => {
    await storeOlderRollout(60_000);
    start('after an absence', { pace: { activeMs: 50, idleMs: 600_000 } });
    expect((await ended()).last?.phase.name).toBe('succeeded');
  });

  it('takes an absence for no reason to look less often', async () => {
    await storeOlderRollout(-3_600_000, ({ active, ...track }) => ({
      ...track,
      active: active && paused(active),
    }));
    await ageTracks(database.db, 3_600_000);
    start('after an absence', { pace: { activeMs: 1000, idleMs: 600_000 } });
    expect((await nextWakeAfter(1)) - now()).toBeLessThan(10_000);
  });

  it.each([30_000, 3_600_000])(
    'looks at everything again when the clock was set back by %i ms',
    async (ms) => {
      await storeOlderRollout();
      let isSetBack = false;
      const clock = (): number => now() - (isSetBack ? ms : 0);
      let looks = 0;
      let looked: () => void = () => undefined;
      const watched: LoopOptions['world'] = {
        observe: async (tenant, track) => {
          looks += 1;
          looked();
          return world.observe(tenant, track);
        },
        perform: world.perform,
      };
      const pace = { activeMs: 50, idleMs: 60_000 };
      const store = postgresTrackStore({
        db: database.db,
        holder: 'a',
        now: clock,
        unreadable: () => undefined,
      });
      start('a', { world: watched, pace, store, now: clock });
      await ended();
      await asleep();
      const before = looks;
      const again = new Promise<void>((resolve) => (looked = resolve));
      isSetBack = true;
      await again;
      expect(looks).toBe(before + 1);
    },
  );

  it('says on /metrics what it did and what is there', async () => {
    const metrics = createMetrics({ processMetrics: false });
    await storeOlderRollout();
    const loop = start('one', { instruments: loopInstruments(metrics) });
    await ended();
    await loop.stop();
    const ledger = await verifyLedger(database.db, TENANT);
    expect(ledger.fault).toBeNull();
    const text = await metrics.registry.metrics();
    expect(text).toContain('\nsluice_tracks 1\n');
    expect(text).toContain(`\nsluice_ledger_entries ${ledger.entries}\n`);
    expect(text).toContain('\nsluice_active_rollouts{phase="running"} 0\n');
    expect(text).toContain('\nsluice_rollouts_finished_total{outcome="succeeded"} 1\n');
    expect(text).toMatch(/\nsluice_commits_total\{result="committed"\} [1-9]/);
  });

  it('counts work on a track that failed', async () => {
    const metrics = createMetrics({ processMetrics: false });
    await storeOlderRollout();
    const failed = new Promise<void>((resolve) => {
      const broken = { ...world, observe: () => Promise.reject(new TypeError('a bug')) };
      const settled = (result: string) => result === 'failed' && resolve();
      const instruments = loopInstruments(metrics);
      start('one', {
        world: broken,
        instruments: { ...instruments, settled: (result) => [instruments.settled(result), settled(result)] },
      });
    });
    await failed;
    expect(await metrics.registry.metrics()).toMatch(/\nsluice_commits_total\{result="failed"\} [1-9]/);
  });

  it('takes over from a replica that hangs with a track in hand, once its lease is over', async () => {
    await storeOlderRollout();
    const claimed = await storeFor('hanging replica').claim('hanging replica', 1, 300);
    expect(claimed).toHaveLength(1);
    start('replica two');
    expect((await ended()).last?.phase.name).toBe('succeeded');
  });
});
