import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Database } from '../database/open-database.ts';
import type { NewEvent } from '../journal/append-journal.ts';

/** A stored event. */
export interface EventRow extends NewEvent {
  /** Grows within a tenant in the order of commits, with gaps; a reader keeps the last one it has seen. */
  readonly sequence: number;
  readonly trackId: TrackId;
}

/** Which events to list, the oldest first. */
export interface EventPage {
  /** Lists what comes after this number; 0 begins at the beginning. */
  readonly after: number;
  readonly rolloutId?: RolloutId;
  readonly limit: number;
}

/** A page of events, of one rollout or of all. */
export async function listEvents(
  db: Database,
  tenant: string,
  page: EventPage,
): Promise<readonly EventRow[]> {
  let query = db
    .selectFrom('events')
    .select(['sequence', 'track_id as trackId', 'rollout_id as rolloutId', 'at', 'kind', 'body'])
    .where('tenant', '=', tenant)
    .where('sequence', '>', page.after);
  if (page.rolloutId !== undefined) query = query.where('rollout_id', '=', page.rolloutId);
  return query.orderBy('sequence').limit(page.limit).execute();
}

/** The number of a tenant's last event; 0 before the first. */
export async function lastEvent(db: Database, tenant: string): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select((select) => select.fn.max('sequence').as('last'))
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row?.last ?? 0;
}
