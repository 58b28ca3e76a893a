import { expect, it } from 'vitest';
import { listEvents } from '../events/list-events.ts';
import { listLedger } from '../ledger/read-ledger.ts';
import { verifyLedger } from '../ledger/verify-ledger.ts';
import { firstCommit, NOON, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { claimDueTracks } from './claim-due-tracks.ts';
import { commitTrack } from './commit-track.ts';
import { loadTrack } from './load-track.ts';
import { raiseVersion, type VersionRaise } from './raise-version.ts';

const database = withDatabase();

const journal: VersionRaise['journal'] = (from) => ({
  events: [{ rolloutId: null, at: NOON, kind: 'raised', body: { from } }],
  ledgerEntries: [{ at: NOON, actor: 'engine', action: 'raised', subject: WEB, detail: { from } }],
});
const raise = (below: number, to = below) =>
  raiseVersion(database.db, TENANT, { trackId: WEB, below, to, wakeAt: NOON + 5_000, journal });
const stored = () => loadTrack(database.db, TENANT, WEB);

it('a version that is too low is raised, with everything else as it was, and that is written down', async () => {
  await commitTrack(database.db, TENANT, firstCommit());
  expect(await raise(50, 51)).toBe(1);
  expect(await stored()).toMatchObject({ version: 51, state: { stable: null }, nextWakeAt: NOON + 5_000 });
  expect(await listEvents(database.db, TENANT, { after: 0, limit: 9 })).toMatchObject([
    { kind: 'raised', trackId: WEB, body: { from: 1 } },
  ]);
  expect(await listLedger(database.db, TENANT, { limit: 9 })).toMatchObject([{ action: 'raised' }]);
  expect(await verifyLedger(database.db, TENANT)).toMatchObject({ fault: null });
});

it.each([1, 0])('a version that is not below %i stays, and nothing is written down', async (below) => {
  await commitTrack(database.db, TENANT, firstCommit());
  expect(await raise(below, 51)).toBeNull();
  expect(await stored()).toMatchObject({ version: 1, nextWakeAt: NOON });
  expect(await listEvents(database.db, TENANT, { after: 0, limit: 9 })).toEqual([]);
});

it('a track that is not there is not made', async () => {
  expect(await raise(50)).toBeNull();
  expect(await stored()).toBeUndefined();
});

it('of many at once one raises it', async () => {
  await commitTrack(database.db, TENANT, firstCommit());
  const raised = await Promise.all([raise(50, 51), raise(50, 51), raise(50, 51)]);
  expect(raised.filter((from) => from !== null)).toEqual([1]);
  expect(await listEvents(database.db, TENANT, { after: 0, limit: 9 })).toHaveLength(1);
});

it('whoever works on the track meanwhile is told so, and it can be claimed again at once', async () => {
  await commitTrack(database.db, TENANT, firstCommit());
  const claim = { holder: 'one', limit: 1, leaseMs: 60_000, now: NOON + 10_000 };
  const [claimed] = await claimDueTracks(database.db, claim);
  await raise(50);
  const commit = firstCommit({ expectedVersion: claimed?.version ?? 0 });
  expect(await commitTrack(database.db, TENANT, commit)).toBe('conflict');
  expect(await claimDueTracks(database.db, { ...claim, holder: 'two' })).toMatchObject([{ version: 50 }]);
});
