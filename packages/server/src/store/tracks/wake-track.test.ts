import { type TrackId, trackId, trackNames } from '@sluice/core/kernel/ids.ts';
import { expect, it } from 'vitest';
import { openDatabase } from '../database/open-database.ts';
import { createTracks, firstCommit, NOON, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from './commit-track.ts';
import { claimDueTracks } from './claim-due-tracks.ts';
import { wakeEveryTrack, wakeTracks } from './wake-track.ts';

const database = withDatabase();
const idOf = (name: string): TrackId => trackId('shop', 'production', name);
const asleepUntil = (name: string, nextWakeAt: number | null, tenant = TENANT) =>
  commitTrack(database.db, tenant, firstCommit({ trackId: idOf(name), nextWakeAt }));

/** When each track is due, in milliseconds after noon. */
async function dueAfterNoon(): Promise<Readonly<Record<string, number | null>>> {
  const rows = await database.db.selectFrom('tracks').select(['id', 'next_wake_at']).execute();
  return Object.fromEntries(
    rows.map(({ id, next_wake_at: at }) => [trackNames(id).component, at === null ? null : at - NOON]),
  );
}

it('makes every track of every tenant due, one after the other, those first that would be due first', async () => {
  await asleepUntil('never', null);
  await asleepUntil('tomorrow', NOON + 86_400_000);
  await asleepUntil('soon', NOON + 30_000);
  await asleepUntil('overdue', NOON - 5_000);
  await asleepUntil('other', NOON + 40_000, 'other');
  await wakeEveryTrack(database.db, { from: NOON, apartMs: 10 });
  expect(await dueAfterNoon()).toEqual({ overdue: -5_000, soon: 10, other: 20, tomorrow: 30, never: 40 });
});

it('never makes a track wait for longer than it would have', async () => {
  await createTracks(database.db, 'first', 'second', 'third');
  await wakeEveryTrack(database.db, { from: NOON, apartMs: 1_500 });
  expect(await dueAfterNoon()).toEqual({ first: 0, second: 1_000, third: 2_000 });
});

it('does not wait for a track that somebody writes just now', async () => {
  await asleepUntil('written', NOON + 30_000);
  await asleepUntil('quiet', NOON + 30_000);
  const writer = openDatabase(database.url, { maxConnections: 1 });
  await writer.transaction().execute(async (transaction) => {
    const write = firstCommit({ trackId: idOf('written'), expectedVersion: 1, nextWakeAt: NOON + 20_000 });
    await commitTrack(transaction, TENANT, { ...write, rollouts: [] });
    await wakeEveryTrack(database.db, { from: NOON, apartMs: 0 });
  });
  await writer.destroy();
  expect(await dueAfterNoon()).toEqual({ written: 20_000, quiet: 0 });
});

it('makes named tracks of one tenant due now, and names those that somebody works on instead', async () => {
  await asleepUntil('claimed', NOON - 1);
  await claimDueTracks(database.db, { holder: 'one', limit: 1, leaseMs: 60_000, now: NOON });
  for (const name of ['changed', 'quiet']) await asleepUntil(name, NOON + 30_000);
  await asleepUntil('changed', NOON + 30_000, 'other');
  const tracks = [idOf('changed'), idOf('claimed')];
  expect(await wakeTracks(database.db, TENANT, { tracks, now: NOON })).toEqual([idOf('claimed')]);
  const rows = await database.db.selectFrom('tracks').select(['tenant', 'id', 'next_wake_at']).execute();
  const due = rows.filter(({ next_wake_at: at }) => at === NOON).map(({ tenant, id }) => [tenant, id]);
  expect(due).toEqual([[TENANT, idOf('changed')]]);
});
