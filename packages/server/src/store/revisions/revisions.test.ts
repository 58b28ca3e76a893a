import { trackId } from '@sluice/core/kernel/ids.ts';
import { beforeEach, expect, it } from 'vitest';
import { firstCommit, NOON, revisionOf, TENANT, WEB, webRevision } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { findRevision, putRevisions } from './revisions.ts';

const database = withDatabase();
const STAGING = trackId('shop', 'staging', 'web');

beforeEach(async () => {
  const { db } = database;
  await commitTrack(db, TENANT, firstCommit({ revisions: [1, 2, 3].map((number) => revisionOf(number)) }));
  await commitTrack(db, TENANT, firstCommit({ trackId: STAGING }));
});

it('is found in its own track only', async () => {
  const { db } = database;
  expect(await findRevision(db, TENANT, { trackId: WEB, id: webRevision(3) })).toEqual(revisionOf(3));
  expect(await findRevision(db, TENANT, { trackId: WEB, id: webRevision(9) })).toBeUndefined();
  expect(await findRevision(db, TENANT, { trackId: STAGING, id: webRevision(1) })).toBeUndefined();
  expect(await findRevision(db, 'other', { trackId: WEB, id: webRevision(1) })).toBeUndefined();
});

it('keeps the same content in two tracks apart', async () => {
  const { db } = database;
  await putRevisions(db, TENANT, [revisionOf(1, { trackId: STAGING, createdAt: NOON })]);
  expect(await findRevision(db, TENANT, { trackId: WEB, id: webRevision(1) })).toEqual(revisionOf(1));
});

it('keeps the creation of a revision that is written again, and knows it as it was written last', async () => {
  const { db } = database;
  await putRevisions(db, TENANT, [
    revisionOf(1, { versionLabel: 'v1-again', spec: 'changed', createdAt: 0 }),
  ]);
  expect(await findRevision(db, TENANT, revisionOf(1))).toEqual(
    revisionOf(1, { versionLabel: 'v1-again', spec: 'changed' }),
  );
});
