import { rolloutId, trackId } from '@sluice/core/kernel/ids.ts';
import { beforeEach, expect, it } from 'vitest';
import { firstCommit, rolloutOf, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { allocateRolloutId, getRollout, listRollouts, putRollouts } from './rollouts.ts';

const database = withDatabase();
const API = trackId('shop', 'production', 'api');

beforeEach(async () => {
  const { db } = database;
  await commitTrack(db, TENANT, firstCommit({ rollouts: [1, 2, 3].map((number) => rolloutOf(number)) }));
  await commitTrack(db, TENANT, firstCommit({ trackId: API, rollouts: [rolloutOf(4, { number: 1 })] }));
});

it('lists the last requested first, page by page', async () => {
  const { db } = database;
  const first = await listRollouts(db, TENANT, { limit: 2 });
  expect(first.map(({ id }) => id)).toEqual(['ro-4', 'ro-3']);
  const [, last] = first;
  const second = await listRollouts(db, TENANT, { limit: 5, ...(last && { after: last }) });
  expect(second.map(({ id }) => id)).toEqual(['ro-2', 'ro-1']);
  expect(second[1]).toEqual(rolloutOf(1));
});

it('does not lose a rollout at the end of a page when two were requested in the same millisecond', async () => {
  const { db } = database;
  const at = rolloutOf(9).requestedAt;
  const twins = [rolloutOf(11, { requestedAt: at }), rolloutOf(12, { requestedAt: at })];
  await putRollouts(db, TENANT, twins);
  const pages = [];
  let after = {};
  for (let page = 0; page < 6; page += 1) {
    const [rollout] = await listRollouts(db, TENANT, { limit: 1, ...after });
    if (rollout === undefined) break;
    pages.push(rollout.id);
    after = { after: rollout };
  }
  expect(pages).toEqual(['ro-12', 'ro-11', 'ro-4', 'ro-3', 'ro-2', 'ro-1']);
});

it('lists those of one track', async () => {
  const { db } = database;
  const listed = await listRollouts(db, TENANT, { trackId: API, limit: 10 });
  expect(listed).toMatchObject([{ id: 'ro-4', trackId: API, number: 1 }]);
  expect(await listRollouts(db, 'other', { trackId: API, limit: 10 })).toEqual([]);
});

it('keeps track, number and request of a rollout that is written again', async () => {
  const { db } = database;
  await putRollouts(db, TENANT, [
    rolloutOf(1, { trackId: API, number: 77, requestedBy: 'eve', requestedAt: 0, phase: 'promoting' }),
  ]);
  expect(await getRollout(db, TENANT, rolloutId('ro-1'))).toEqual(rolloutOf(1, { phase: 'promoting' }));
});

it('refuses a second rollout with the same number in a track', async () => {
  const again = putRollouts(database.db, TENANT, [rolloutOf(5, { number: 1, trackId: WEB })]);
  await expect(again).rejects.toMatchObject({ code: 'conflict', next: 'stop' });
});

it('stores text with characters that PostgreSQL refuses', async () => {
  const { db } = database;
  await putRollouts(db, TENANT, [rolloutOf(6, { versionLabel: 'v"a\0b"', state: { log: 'x\0\ud800' } })]);
  expect(await getRollout(db, TENANT, rolloutId('ro-6'))).toMatchObject({
    versionLabel: 'v"a\ufffdb"',
    state: { log: 'x\ufffd\ufffd' },
  });
});

it('gives each rollout an id of its own', async () => {
  const ids = await Promise.all([1, 2, 3, 4].map(() => allocateRolloutId(database.db)));
  expect(ids.toSorted()).toEqual(['ro-1', 'ro-2', 'ro-3', 'ro-4']);
});
