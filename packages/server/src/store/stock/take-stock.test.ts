import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { explained } from '../testing/explained.ts';
import { createTracks, firstCommit, NOON, rolloutOf, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { takeStock } from './take-stock.ts';

const database = withDatabase();
const note = { at: NOON, actor: 'ada', action: 'rolloutRequested', subject: WEB, detail: {} };

it('of an empty store is nothing', async () => {
  expect(await takeStock(database.db)).toEqual({ tracks: 0, ledgerEntries: 0, rolloutsUnderWay: {} });
});

it('counts tracks and the ledger over all tenants, and rollouts that have not ended by their phase', async () => {
  const { db } = database;
  await createTracks(db, 'api', 'db');
  const ended = { phase: 'succeeded', outcome: 'succeeded', finishedAt: NOON };
  const rollouts = [rolloutOf(1, ended), rolloutOf(2), rolloutOf(3, { phase: 'queued' }), rolloutOf(4)];
  await commitTrack(db, TENANT, firstCommit({ rollouts, ledgerEntries: [note, note, note] }));
  await commitTrack(db, 'other', firstCommit({ ledgerEntries: [note] }));
  expect(await takeStock(db)).toEqual({
    ...{ tracks: 4, ledgerEntries: 4 },
    rolloutsUnderWay: { running: 2, queued: 1 },
  });
});

it('reads neither the whole ledger nor the rollouts that have ended', async () => {
  const { db } = database;
  await createTracks(db, 'web');
  await sql`insert into rollouts (tenant, id, track_id, number, version_label, candidate, strategy, phase, requested_by,
      requested_at, finished_at, state)
    select 'default', 'r' || n, ${WEB}, n, 'v', 'c', 'canary', 'succeeded', 'a', now(), now(), '{}'
    from generate_series(1, 5000) as n`.execute(db);
  await sql`insert into ledger (tenant, sequence, at, actor, action, subject, detail, previous_hash, hash)
    select 'default', n, now(), 'a', 'b', 'c', '{}', '', '' from generate_series(1, 5000) as n`.execute(db);
  await sql`analyze rollouts, ledger`.execute(db);
  const explaining = explained(db);
  await takeStock(explaining.db);
  expect(explaining.plan()).toMatch(/using ledger_pkey on ledger/);
  expect(explaining.plan()).toMatch(/using rollouts_under_way on rollouts/);
});
