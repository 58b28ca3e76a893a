import { trackId } from '@sluice/core/kernel/ids.ts';
import { expect, it } from 'vitest';
import { listEvents } from '../events/list-events.ts';
import { reserveIdempotencyKey } from '../idempotency/idempotency-keys.ts';
import { listRollouts } from '../rollouts/rollouts.ts';
import {
  firstCommit,
  NOON,
  revisionOf,
  rolloutOf,
  rowCounts,
  TENANT,
  WEB,
  webRevision,
} from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { putTrafficMinutes } from '../traffic/put-traffic-minutes.ts';
import {
  deleteExcessEffects,
  deleteExcessEvents,
  deleteExcessRollouts,
  deleteOldEffects,
  deleteOldEvents,
  deleteOldIdempotencyKeys,
  deleteOldTraffic,
  deleteUnusedRevisions,
} from './retention.ts';

const database = withDatabase();
const HOUR_MS = 3_600_000;
const hours = [0, 1, 2, 3, 4];
const at = (hour: number) => NOON + hour * HOUR_MS;
const eventAt = (hour: number) => ({ rolloutId: null, at: at(hour), kind: `hour${hour}`, body: {} });
const kinds = async (name = 'web') => {
  const listed = await listEvents(database.db, TENANT, { after: 0, limit: 100 });
  const id = trackId('shop', 'production', name);
  return listed.filter((event) => event.trackId === id).map(({ kind }) => kind);
};

it('removes old events in batches', async () => {
  const { db } = database;
  await commitTrack(db, TENANT, firstCommit({ events: hours.map(eventAt) }));
  expect(await deleteOldEvents(db, { before: at(3), limit: 2 })).toBe(2);
  expect(await deleteOldEvents(db, { before: at(3), limit: 2 })).toBe(1);
  expect(await deleteOldEvents(db, { before: at(3), limit: 2 })).toBe(0);
  expect(await kinds()).toEqual(['hour3', 'hour4']);
});

it('keeps the newest events of each track', async () => {
  const { db } = database;
  await commitTrack(db, TENANT, firstCommit({ events: hours.map(eventAt) }));
  const api = trackId('shop', 'production', 'api');
  await commitTrack(db, TENANT, firstCommit({ trackId: api, events: [eventAt(0), eventAt(1)] }));
  expect(await deleteExcessEvents(db, { keepPerTrack: 2, limit: 2 })).toBe(2);
  expect(await kinds()).toEqual(['hour2', 'hour3', 'hour4']);
  expect(await deleteExcessEvents(db, { keepPerTrack: 2, limit: 100 })).toBe(1);
  expect(await deleteExcessEvents(db, { keepPerTrack: 2, limit: 100 })).toBe(0);
  expect(await kinds()).toEqual(['hour3', 'hour4']);
  expect(await kinds('api')).toEqual(['hour0', 'hour1']);
});

it('removes old effects, minutes of traffic and idempotency keys', async () => {
  const { db } = database;
  const effects = hours.map((hour) => ({ id: `e${hour}`, kind: 'k', body: {}, orderedAt: at(hour) }));
  await commitTrack(db, TENANT, firstCommit({ effects }));
  const sums = { requests: 1, errors: 0, seconds: 1, sumErrorsSquared: 0 };
  const minutes = hours.map((hour) => ({ revision: webRevision(1), minute: at(hour), ...sums }));
  await putTrafficMinutes(db, TENANT, { trackId: WEB, minutes });
  for (const hour of hours)
    await reserveIdempotencyKey(db, TENANT, { key: `k${hour}`, requestHash: 'h', now: at(hour) });
  for (const remove of [deleteOldEffects, deleteOldTraffic, deleteOldIdempotencyKeys]) {
    expect(await remove(db, { before: at(2), limit: 1 })).toBe(1);
    expect(await remove(db, { before: at(2), limit: 10 })).toBe(1);
  }
  expect(await rowCounts(db)).toEqual({ tracks: 1, effects: 3, traffic_minutes: 3, idempotency_keys: 3 });
  const kept = await db.selectFrom('effects').select('id').orderBy('id').execute();
  expect(kept.map(({ id }) => id)).toEqual(['e2', 'e3', 'e4']);
});

it('keeps the newest effects of each track', async () => {
  const { db } = database;
  const effectOf = (id: string) => ({ id, kind: 'k', body: {}, orderedAt: NOON });
  for (const version of [0, 1, 2, 3])
    await commitTrack(
      db,
      TENANT,
      firstCommit({ expectedVersion: version, effects: [effectOf(`web${version}`)] }),
    );
  const api = trackId('shop', 'production', 'api');
  await commitTrack(db, TENANT, firstCommit({ trackId: api, effects: [effectOf('api')] }));
  expect(await deleteExcessEffects(db, { keepPerTrack: 1, limit: 2 })).toBe(2);
  expect(await deleteExcessEffects(db, { keepPerTrack: 1, limit: 2 })).toBe(1);
  expect(await deleteExcessEffects(db, { keepPerTrack: 1, limit: 2 })).toBe(0);
  const kept = await db.selectFrom('effects').select('id').orderBy('id').execute();
  expect(kept.map(({ id }) => id)).toEqual(['api', 'web3']);
});

it('keeps the newest rollouts of each track and those that have not ended', async () => {
  const { db } = database;
  const rollouts = [1, 2, 3, 4, 5].map((number) =>
    rolloutOf(number, number === 2 ? {} : { outcome: 'succeeded', finishedAt: NOON }),
  );
  await commitTrack(db, TENANT, firstCommit({ rollouts }));
  expect(await deleteExcessRollouts(db, { keepPerTrack: 2, limit: 1 })).toBe(1);
  expect(await deleteExcessRollouts(db, { keepPerTrack: 2, limit: 10 })).toBe(1);
  const kept = await listRollouts(db, TENANT, { limit: 10 });
  expect(kept.map(({ id }) => id)).toEqual(['ro-5', 'ro-4', 'ro-2']);
});

it('removes old revisions that no rollout mentions and no track remembers, and leaves young ones', async () => {
  const { db } = database;
  const revisions = [
    ...[1, 2, 3, 4, 5, 6, 7].map((number) => revisionOf(number)),
    revisionOf(8, { createdAt: at(5) }),
  ];
  const rollouts = [rolloutOf(1, { candidate: webRevision(5), stable: webRevision(6) })];
  const state = { revisions: { [webRevision(2)]: { version: 'v2' }, [webRevision(3)]: { version: 'v3' } } };
  await commitTrack(db, TENANT, firstCommit({ state, revisions, rollouts }));
  expect(await deleteUnusedRevisions(db, { before: at(4), limit: 1 })).toBe(1);
  expect(await deleteUnusedRevisions(db, { before: at(4), limit: 10 })).toBe(2);
  const kept = await db.selectFrom('revisions').select('version_label').orderBy('id').execute();
  expect(kept.map((revision) => revision.version_label)).toEqual(['v2', 'v3', 'v5', 'v6', 'v8']);
});
