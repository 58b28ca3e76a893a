import { expect, it } from 'vitest';
import { firstCommit, revisionOf, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { listBundlesInUse } from './bundles-in-use.ts';

const database = withDatabase();

it('names each folder of sources once that any revision of any tenant uses', async () => {
  const { db } = database;
  const withDirectory = (number: number, directory: string) => revisionOf(number, { spec: { directory } });
  const revisions = [
    withDirectory(1, '/state/bundles/aa'),
    withDirectory(2, '/state/bundles/aa'),
    revisionOf(3),
  ];
  await commitTrack(db, TENANT, firstCommit({ revisions }));
  await commitTrack(db, 'other', firstCommit({ revisions: [withDirectory(1, '/state/bundles/bb')] }));
  expect([...(await listBundlesInUse(db))].toSorted()).toEqual(['aa', 'bb']);
});
