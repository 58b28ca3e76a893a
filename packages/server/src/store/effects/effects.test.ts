import { beforeEach, expect, it } from 'vitest';
import { firstCommit, NOON, rowCounts, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { loadTrack } from '../tracks/load-track.ts';
import { listEffects } from './effects.ts';

const database = withDatabase();
const effectOf = (id: string, body: unknown = { share: 500 }) => ({
  id,
  kind: 'applySplit',
  body,
  orderedAt: NOON,
});
const commit = (expectedVersion: number, ...effects: ReturnType<typeof effectOf>[]) =>
  commitTrack(database.db, TENANT, firstCommit({ expectedVersion, effects }));

beforeEach(() => commit(0, effectOf('a'), effectOf('b', { b: 1, a: [2] })));

it('are recorded with the generation of the commit that ordered them', async () => {
  await commit(1, effectOf('c'));
  const listed = await listEffects(database.db, TENANT, { trackId: WEB, limit: 10 });
  expect(listed.map(({ id, generation }) => `${id}@${generation}`)).toEqual(['c@2', 'a@1', 'b@1']);
  const second = await listEffects(database.db, TENANT, { trackId: WEB, generation: 2, limit: 10 });
  expect(second).toEqual([{ ...effectOf('c'), trackId: WEB, generation: 2 }]);
});

it('that are ordered again with the same content stay as they were', async () => {
  expect(await commit(1, effectOf('b', { a: [2], b: 1 }), effectOf('c'))).toBe('committed');
  const listed = await listEffects(database.db, TENANT, { trackId: WEB, limit: 10 });
  expect(listed.map(({ id, generation }) => `${id}@${generation}`)).toEqual(['c@2', 'a@1', 'b@1']);
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
