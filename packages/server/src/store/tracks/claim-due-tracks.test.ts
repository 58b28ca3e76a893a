import { sql } from 'kysely';
import { type TrackId, trackId, trackNames } from '@sluice/core/kernel/ids.ts';
import { beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../database/open-database.ts';
import { createTracks, firstCommit, NOON, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { claimDueTracks, LONGEST_LEASE_MS, LONGEST_SLEEP_MS, releaseClaim } from './claim-due-tracks.ts';
import { commitTrack } from './commit-track.ts';

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
  await releaseClaim(db, TENANT, { trackId: web, version: 1, holder: 'b', wakeAt: NOON });
  expect(await claimAs('c')).toEqual([]);
  await releaseClaim(db, TENANT, { trackId: web, version: 1, holder: 'a', wakeAt: LATER });
  expect(await claimAs('c', { now: LATER - 1 })).toEqual([]);
  expect(components(await claimAs('c'))).toEqual(['web']);
});

it('keeps a claim that its holder made after a commit, when the holder releases what it had claimed before', async () => {
  await createTracks(db, 'web');
  await claimAs('a');
  const ordered = { trackId: web, expectedVersion: 1, state: {}, nextWakeAt: NOON };
  expect(await commitTrack(db, TENANT, ordered)).toBe('committed');
  expect(components(await claimAs('a'))).toEqual(['web']);
  await releaseClaim(db, TENANT, { trackId: web, version: 1, holder: 'a', wakeAt: LATER });
  expect(await claimAs('b')).toEqual([]);
  const decided = { trackId: web, expectedVersion: 2, state: {}, nextWakeAt: NOON, claimedBy: 'a' };
  expect(await commitTrack(db, TENANT, decided)).toBe('committed');
});

it('gives what sleeps for longer than anybody lets it: a clock was ahead when it was put to bed', async () => {
  const asleepUntil = (name: string, nextWakeAt: number) =>
    commitTrack(db, TENANT, firstCommit({ trackId: trackId('shop', 'production', name), nextWakeAt }));
  await asleepUntil('due', NOON);
  await asleepUntil('resting', NOON + LONGEST_SLEEP_MS);
  await asleepUntil('overslept', NOON + LONGEST_SLEEP_MS + 1);
  await asleepUntil('tomorrow', NOON + 86_400_000);
  expect(components(await claimAs('a', { now: NOON, limit: 2 }))).toEqual(['due', 'tomorrow']);
  expect(components(await claimAs('a', { now: NOON }))).toEqual(['overslept']);
  expect(await claimAs('a', { now: NOON })).toEqual([]);
});

it('gives a track whose claim was made by a clock that was ahead', async () => {
  await createTracks(db, 'web');
  await claimAs('dead', { leaseMs: LONGEST_LEASE_MS });
  expect(await claimAs('alive')).toEqual([]);
  await sql`update tracks set claimed_until = claimed_until + interval '1 day'`.execute(db);
  expect(components(await claimAs('alive'))).toEqual(['web']);
});

it('finds what is due, and what has overslept, through the index, not by reading every track', async () => {
  await sql`insert into tracks (tenant, id, application, environment, component, state, version, next_wake_at)
    select 'default', 'a/p/c' || n, 'a', 'p', 'c' || n, '{}', 1, now() + n * interval '10 milliseconds'
    from generate_series(1, 10000) as n`.execute(db);
  await sql`analyze tracks`.execute(db);
  const explained = db.withPlugin({
    transformQuery: ({ node }) =>
      node.kind === 'UpdateQueryNode' ? { ...node, explain: { kind: 'ExplainNode', format: 'text' } } : node,
    transformResult: async ({ result }) => result,
  });
  const now = Date.now() + 1_000;
  const rows = await claimDueTracks(explained, { holder: 'a', limit: 10, leaseMs: 1_000, now });
  const plan = rows.map((row) => Object.values(row).join()).join('\n');
  expect(plan).toContain('Index Scan using tracks_due');
  expect(plan).toContain('Index Scan Backward using tracks_due');
  expect(plan).not.toContain('Seq Scan');
});
