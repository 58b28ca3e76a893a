import { sql } from 'kysely';
import { type TrackId, trackId, trackNames } from '@sluice/core/kernel/ids.ts';
import { beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../database/open-database.ts';
import { createTracks, firstCommit, NOON, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { claimDueTracks, releaseClaim } from './claim-due-tracks.ts';
import { commitTrack } from './commit-track.ts';
import { wakeTrack } from './wake-track.ts';

const database = withDatabase();
let db: Database;
beforeEach(() => {
  db = database.db;
});

const LATER = NOON + 3_600_000;
const claimAs = (holder: string, changes: { limit?: number; leaseMs?: number; now?: number } = {}) =>
  claimDueTracks(db, { holder, limit: 100, leaseMs: 60_000, now: LATER, ...changes });
const components = (rows: readonly { id: TrackId }[]) =>
  rows.map(({ id }) => trackNames(id).component).toSorted();
const web = trackId('shop', 'production', 'web');

it('gives the tracks that are due, the longest due first, and not those that are not', async () => {
  await createTracks(db, 'first', 'second', 'third', 'fourth');
  expect(components(await claimAs('a', { limit: 2 }))).toEqual(['first', 'second']);
  expect(components(await claimAs('a', { now: NOON + 2_000 }))).toEqual(['third']);
  expect(await claimAs('a', { now: NOON + 2_000 })).toEqual([]);
});

it('tells of each track whose it is, its state and its version', async () => {
  await createTracks(db, 'web');
  await commitTrack(db, 'other', firstCommit({ state: { n: [1, { deep: true }] } }));
  const rows = await claimAs('a');
  expect(rows.map(({ tenant }) => tenant).toSorted()).toEqual(['default', 'other']);
  expect(rows.find(({ tenant }) => tenant === 'other')).toMatchObject({
    id: web,
    state: { n: [1, { deep: true }] },
    version: 1,
    nextWakeAt: NOON,
  });
});

it('never gives two claimants the same track', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `c${index}`);
  await createTracks(db, ...names);
  const replicas = Array.from({ length: 4 }, () => openDatabase(database.url));
  const claimAll = async (replica: Database, holder: string): Promise<string[]> => {
    const claimed: string[] = [];
    for (;;) {
      const rows = await claimDueTracks(replica, { holder, limit: 3, leaseMs: 60_000, now: LATER });
      if (rows.length === 0) return claimed;
      expect(rows.length).toBeLessThanOrEqual(3);
      claimed.push(...components(rows));
    }
  };
  const claimed = await Promise.all(replicas.map((replica, index) => claimAll(replica, `replica-${index}`)));
  await Promise.all(replicas.map((replica) => replica.destroy()));
  expect(claimed.flat().toSorted()).toEqual(names.toSorted());
});

it('gives a track to somebody else once its lease is over', async () => {
  await createTracks(db, 'web');
  expect(components(await claimAs('dead', { leaseMs: 0 }))).toEqual(['web']);
  expect(components(await claimAs('alive'))).toEqual(['web']);
  expect(await claimAs('late')).toEqual([]);
});

it('makes a released track due when its holder said, and nobody else can release it', async () => {
  await createTracks(db, 'web');
  await claimAs('a');
  await releaseClaim(db, TENANT, { trackId: web, holder: 'b', wakeAt: NOON });
  expect(await claimAs('c')).toEqual([]);
  await releaseClaim(db, TENANT, { trackId: web, holder: 'a', wakeAt: LATER });
  expect(await claimAs('c', { now: LATER - 1 })).toEqual([]);
  expect(components(await claimAs('c'))).toEqual(['web']);
});

it('does not lose a wake-up that comes while a track is being worked on', async () => {
  await createTracks(db, 'web');
  await claimAs('a');
  expect(await wakeTrack(db, TENANT, { trackId: web, at: NOON + 10 })).toBe(true);
  await commitTrack(db, TENANT, firstCommit({ expectedVersion: 1, nextWakeAt: LATER + 60_000 }));
  const [again] = await claimAs('a');
  expect(again).toMatchObject({ version: 2, nextWakeAt: NOON + 10 });
  await commitTrack(db, TENANT, firstCommit({ expectedVersion: 2, nextWakeAt: LATER + 60_000 }));
  expect(await claimAs('a')).toEqual([]);
});

it('does not lose a wake-up before a release either', async () => {
  await createTracks(db, 'web');
  await claimAs('a');
  await wakeTrack(db, TENANT, { trackId: web, at: NOON + 10 });
  await releaseClaim(db, TENANT, { trackId: web, holder: 'a', wakeAt: LATER + 60_000 });
  expect(components(await claimAs('a'))).toEqual(['web']);
});

it('wakes a track that would never be due, and leaves one alone that is due before', async () => {
  await commitTrack(db, TENANT, firstCommit({ nextWakeAt: null }));
  expect(await claimAs('a')).toEqual([]);
  await wakeTrack(db, TENANT, { trackId: web, at: NOON });
  await wakeTrack(db, TENANT, { trackId: web, at: NOON + 5_000 });
  expect(await claimAs('a')).toMatchObject([{ nextWakeAt: NOON }]);
  const stranger = trackId('shop', 'production', 'nobody');
  expect(await wakeTrack(db, TENANT, { trackId: stranger, at: NOON })).toBe(false);
  expect(await wakeTrack(db, 'other', { trackId: web, at: NOON })).toBe(false);
});

it('finds what is due through its index, not by reading every track', async () => {
  await sql`insert into tracks (tenant, id, application, environment, component, state, version, next_wake_at)
    select 'default', 'a/p/c' || n, 'a', 'p', 'c' || n, '{}', 1, now() + n * interval '1 second'
    from generate_series(1, 5000) as n`.execute(db);
  await sql`analyze tracks`.execute(db);
  const { rows } = await sql<{ 'QUERY PLAN': string }>`explain select from tracks
    where next_wake_at <= now() + interval '5 seconds' and (claimed_until is null or claimed_until <= clock_timestamp())
    order by next_wake_at limit 10 for update skip locked`.execute(db);
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('Index Scan using tracks_due');
});
