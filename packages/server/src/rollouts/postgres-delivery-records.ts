import { rolloutId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import { trackFrom } from '../loop/postgres-track-store.ts';
import type { Database } from '../store/database/open-database.ts';
import { listEvents, type EventRow } from '../store/events/list-events.ts';
import { getRollout, listRollouts, type RolloutCursor } from '../store/rollouts/rollouts.ts';
import { listTracks } from '../store/tracks/load-track.ts';
import type { Page, PageRequest } from './control-plane.ts';
import type { DeliveryRecords, RecordedEvent, RecordedRollout } from './delivery-records.ts';
import type { WriteBell } from './write-bell.ts';

/** What has been written to PostgreSQL; `bell` rings when anything may have been. */
export const postgresDeliveryRecords = (db: Database, tenant: string, bell: WriteBell): DeliveryRecords => ({
  tracks: async (filter, page) => {
    const after = page.cursor === null ? {} : { after: trackIdFrom(page.cursor) };
    const rows = await listTracks(db, tenant, { ...filter, ...after, limit: page.limit + 1 });
    return paged(rows, page, trackFrom, (row) => row.id);
  },
  rollouts: async ({ track }, page) => {
    const of = track === undefined ? {} : { trackId: trackIdFrom(track) };
    const after = page.cursor === null ? {} : { after: cursorFrom(page.cursor) };
    const rows = await listRollouts(db, tenant, { ...of, ...after, limit: page.limit + 1 });
    const item = (row: (typeof rows)[number]): RecordedRollout => ({
      track: row.trackId,
      rollout: row.state as Rollout,
    });
    return paged(rows, page, item, (row) => `${row.requestedAt} ${row.id}`);
  },
  rollout: async (id) => {
    const row = await getRollout(db, tenant, rolloutId(id));
    return row ? { track: row.trackId, rollout: row.state as Rollout } : null;
  },
  rolloutEvents: async (id, page) => {
    const after = page.cursor === null ? 0 : Number(page.cursor);
    const rows = await listEvents(db, tenant, { after, rolloutId: rolloutId(id), limit: page.limit + 1 });
    return paged(rows, page, recorded, (row) => String(row.sequence));
  },
  eventsAfter: async (sequence, limit) =>
    (await listEvents(db, tenant, { after: sequence, limit })).map(recorded),
  nextWrite: (longestMs, signal) => bell.next(longestMs, signal),
});

function recorded(row: EventRow): RecordedEvent {
  return {
    sequence: row.sequence,
    track: row.trackId,
    rollout: row.rolloutId,
    event: row.body as unknown as TrackEvent,
  };
}

function cursorFrom(cursor: string): RolloutCursor {
  const [requestedAt = '0', id = ''] = cursor.split(' ');
  return { requestedAt: Number(requestedAt), id: rolloutId(id) };
}

/** One row more than the limit was asked for: it tells whether there is a next page. */
function paged<Row, Item>(
  rows: readonly Row[],
  page: PageRequest,
  item: (row: Row) => Item,
  cursor: (row: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    items: shown.map(item),
    next: rows.length > page.limit && last !== undefined ? cursor(last) : null,
  };
}
