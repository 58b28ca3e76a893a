import { rolloutId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import { trackFrom } from '../loop/postgres-track-store.ts';
import type { Database } from '../store/database/open-database.ts';
import { lastEvent, listEvents, type EventRow } from '../store/events/list-events.ts';
import { listTrafficMinutes } from '../store/traffic/list-traffic-minutes.ts';
import { pageOf } from '../store/paging/page-of.ts';
import {
  getRollout,
  listRollouts,
  type RolloutCursor,
  type RolloutRecord,
} from '../store/rollouts/rollouts.ts';
import { listTracks } from '../store/tracks/load-track.ts';
import type { DeliveryRecords, RecordedEvent, RecordedRollout } from './delivery-records.ts';
import type { WriteBell } from './write-bell.ts';

/** What has been written to PostgreSQL; `bell` rings when anything may have been. */
export const postgresDeliveryRecords = (db: Database, tenant: string, bell: WriteBell): DeliveryRecords => ({
  tracks: (filter, page) => {
    const after = page.cursor === null ? {} : { after: trackIdFrom(page.cursor) };
    const read = (limit: number) => listTracks(db, tenant, { ...filter, ...after, limit });
    return pageOf(page.limit, read, { item: trackFrom, cursor: ({ id }) => id });
  },
  rollouts: ({ track }, page) => {
    const of = track === undefined ? {} : { trackId: trackIdFrom(track) };
    const after = page.cursor === null ? {} : { after: cursorFrom(page.cursor) };
    const read = (limit: number) => listRollouts(db, tenant, { ...of, ...after, limit });
    const cursor = ({ requestedAt, id }: RolloutCursor): string => `${requestedAt} ${id}`;
    return pageOf(page.limit, read, { item: recordedRollout, cursor });
  },
  rollout: async (id) => {
    const row = await getRollout(db, tenant, rolloutId(id));
    return row ? recordedRollout(row) : null;
  },
  rolloutEvents: (id, page) => {
    const after = page.cursor === null ? 0 : Number(page.cursor);
    const read = (limit: number) => listEvents(db, tenant, { after, rolloutId: rolloutId(id), limit });
    return pageOf(page.limit, read, { item: recorded, cursor: ({ sequence }) => String(sequence) });
  },
  eventsAfter: async (sequence, limit) =>
    (await listEvents(db, tenant, { after: sequence, limit })).map(recorded),
  lastEvent: () => lastEvent(db, tenant),
  trafficMinutes: (track, span) => listTrafficMinutes(db, tenant, { trackId: trackIdFrom(track), ...span }),
  nextWrite: (longestMs, signal) => bell.next(longestMs, signal),
});

const recordedRollout = ({ trackId, state }: RolloutRecord): RecordedRollout => ({
  track: trackId,
  rollout: state as Rollout,
});

function recorded(row: EventRow): RecordedEvent {
  return {
    sequence: row.sequence,
    track: row.trackId,
    rollout: row.rolloutId,
    event: row.body as RecordedEvent['event'],
  };
}

function cursorFrom(cursor: string): RolloutCursor {
  const [requestedAt = '0', id = ''] = cursor.split(' ');
  return { requestedAt: Number(requestedAt), id: rolloutId(id) };
}
