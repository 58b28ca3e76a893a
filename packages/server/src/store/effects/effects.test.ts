import { beforeEach, expect, it } from 'vitest';
import { firstCommit, NOON, rowCounts, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { loadTrack } from '../tracks/load-track.ts';

const database = withDatabase();
const effectOf = (id: string, body: unknown = { share: 500 }) => ({
  id,
  kind: 'applySplit',
  body,
  orderedAt: NOON,
});
const commit = (expectedVersion: number, ...effects: ReturnType<typeof effectOf>[]) =>
  commitTrack(database.db, TENANT, firstCommit({ expectedVersion, effects }));

const recorded = async () => {
  const effects = database.db.selectFrom('effects').select(['id', 'generation', 'track_id', 'kind', 'body']);
  return effects.orderBy('id').execute();
};

beforeEach(() => commit(0, effectOf('a'), effectOf('b', { b: 1, a: [2] })));

it('are recorded with the generation of the commit that ordered them', async () => {
  await commit(1, effectOf('c'));
  const order = { track_id: WEB, kind: 'applySplit' };
  expect(await recorded()).toEqual([
    { id: 'a', generation: 1, ...order, body: { share: 500 } },
    { id: 'b', generation: 1, ...order, body: { a: [2], b: 1 } },
    { id: 'c', generation: 2, ...order, body: { share: 500 } },
  ]);
});

it('that are ordered again with the same content stay as they were', async () => {
  expect(await commit(1, effectOf('b', { a: [2], b: 1 }), effectOf('c'))).toBe('committed');
  const generations = (await recorded()).map(({ id, generation }) => `${id}@${generation}`);
  expect(generations).toEqual(['a@1', 'b@1', 'c@2']);
});

it('that are ordered again with other content make the commit fail as a whole', async () => {
  await expect(commit(1, effectOf('c'), effectOf('a', { share: 501 }))).rejects.toMatchObject({
    code: 'conflict',
    next: 'stop',
    message: expect.stringContaining('the effect a was ordered before with other content'),
  });
  expect(await rowCounts(database.db)).toEqual({ tracks: 1, effects: 2 });
  expect(await loadTrack(database.db, TENANT, WEB)).toMatchObject({ version: 1 });
});
