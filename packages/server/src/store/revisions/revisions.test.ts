import { trackId } from '@sluice/core/kernel/ids.ts';
import { beforeEach, expect, it } from 'vitest';
import { firstCommit, NOON, revisionOf, TENANT, WEB, webRevision } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { findRevision, findRevisions, listRevisions, putRevisions } from './revisions.ts';

const database = withDatabase();
const STAGING = trackId('shop', 'staging', 'web');

beforeEach(async () => {
  const { db } = database;
  await commitTrack(db, TENANT, firstCommit({ revisions: [1, 2, 3].map((number) => revisionOf(number)) }));
  await commitTrack(db, TENANT, firstCommit({ trackId: STAGING }));
});

it('finds those that exist, of one track', async () => {
  const { db } = database;
  const found = await findRevisions(db, TENANT, { trackId: WEB, ids: [1, 3, 9].map(webRevision) });
  expect(found.map(({ versionLabel }) => versionLabel).toSorted()).toEqual(['v1', 'v3']);
  expect(await findRevisions(db, TENANT, { trackId: WEB, ids: [] })).toEqual([]);
  expect(await findRevision(db, TENANT, { trackId: STAGING, id: webRevision(1) })).toBeUndefined();
  expect(await findRevision(db, 'other', { trackId: WEB, id: webRevision(1) })).toBeUndefined();
});

it('keeps the same content in two tracks apart', async () => {
  const { db } = database;
  await putRevisions(db, TENANT, [revisionOf(1, { trackId: STAGING, promotedAt: NOON })]);
  expect(await findRevision(db, TENANT, { trackId: WEB, id: webRevision(1) })).toEqual(revisionOf(1));
});

it('lists the newest first, and by version', async () => {
  const { db } = database;
  const labels = async (page: { versionLabel?: string; limit: number }) =>
    (await listRevisions(db, TENANT, { trackId: WEB, ...page })).map(({ versionLabel }) => versionLabel);
  expect(await labels({ limit: 2 })).toEqual(['v3', 'v2']);
  expect(await labels({ limit: 2, versionLabel: 'v1' })).toEqual(['v1']);
});

it('keeps creation, content and an earlier promotion of a revision that is written again', async () => {
  const { db } = database;
  await putRevisions(db, TENANT, [revisionOf(1, { promotedAt: NOON + 5_000 })]);
  await putRevisions(db, TENANT, [
    revisionOf(1, { versionLabel: 'v1-again', spec: 'changed', createdAt: 0, promotedAt: null }),
  ]);
  expect(await findRevision(db, TENANT, revisionOf(1))).toEqual(
    revisionOf(1, { versionLabel: 'v1-again', promotedAt: NOON + 5_000 }),
  );
});
