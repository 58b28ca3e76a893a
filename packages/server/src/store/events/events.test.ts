import { rolloutId, trackId } from '@sluice/core/kernel/ids.ts';
import { beforeEach, expect, it } from 'vitest';
import { firstCommit, NOON, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack } from '../tracks/commit-track.ts';
import { type EventPage, listEvents } from './list-events.ts';

const database = withDatabase();
const API = trackId('shop', 'production', 'api');
const eventOf = (kind: string, rollout: string | null = null) => ({
  rolloutId: rollout === null ? null : rolloutId(rollout),
  at: NOON,
  kind,
  body: { kind },
});

beforeEach(async () => {
  const { db } = database;
  const events = [
    eventOf('rolloutPlanned', 'ro-1'),
    eventOf('splitOrdered'),
    eventOf('stepFinished', 'ro-1'),
  ];
  await commitTrack(db, TENANT, firstCommit({ events }));
  await commitTrack(db, TENANT, firstCommit({ trackId: API, events: [eventOf('rolloutPlanned', 'ro-2')] }));
});

const kinds = async (page: Partial<EventPage>) =>
  (await listEvents(database.db, TENANT, { after: 0, limit: 10, ...page })).map(({ kind }) => kind);

it('lists the oldest first, with everything that was said', async () => {
  const [first] = await listEvents(database.db, TENANT, { after: 0, limit: 1 });
  expect(first).toEqual({ sequence: expect.any(Number), trackId: WEB, ...eventOf('rolloutPlanned', 'ro-1') });
});

it('lists those of a rollout or of all', async () => {
  expect(await kinds({})).toEqual(['rolloutPlanned', 'splitOrdered', 'stepFinished', 'rolloutPlanned']);
  expect(await kinds({ rolloutId: rolloutId('ro-1') })).toEqual(['rolloutPlanned', 'stepFinished']);
});

it('goes on after the last one that was seen', async () => {
  const { db } = database;
  const [, second] = await listEvents(db, TENANT, { after: 0, limit: 2 });
  expect(await kinds({ after: second?.sequence ?? 0 })).toEqual(['stepFinished', 'rolloutPlanned']);
  const last = (await listEvents(db, TENANT, { after: 0, limit: 10 })).at(-1)?.sequence ?? 0;
  expect(await kinds({ after: last })).toEqual([]);
  await commitTrack(
    db,
    TENANT,
    firstCommit({ expectedVersion: 1, events: [eventOf('rolloutHeld', 'ro-1')] }),
  );
  expect(await kinds({ after: last })).toEqual(['rolloutHeld']);
});

it('lists nothing of another tenant', async () => {
  expect(await listEvents(database.db, 'other', { after: 0, limit: 10 })).toEqual([]);
});
