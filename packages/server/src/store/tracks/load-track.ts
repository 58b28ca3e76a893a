import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Database } from '../database/open-database.ts';
import { TRACK_COLUMNS, type TrackRow } from './track-row.ts';

/** Which tracks to list, in the order of their ids. */
export interface TrackPage {
  readonly application?: string;
  readonly environment?: string;
  /** Lists what comes after this id; the last one of the page before. */
  readonly after?: TrackId;
  readonly limit: number;
}

/** One track, or undefined. */
export async function loadTrack(
  db: Database,
  tenant: string,
  trackId: TrackId,
): Promise<TrackRow | undefined> {
  return db
    .selectFrom('tracks')
    .select(TRACK_COLUMNS)
    .where('tenant', '=', tenant)
    .where('id', '=', trackId)
    .executeTakeFirst();
}

/** A page of tracks. */
export async function listTracks(
  db: Database,
  tenant: string,
  page: TrackPage,
): Promise<readonly TrackRow[]> {
  let query = db.selectFrom('tracks').select(TRACK_COLUMNS).where('tenant', '=', tenant);
  if (page.application !== undefined) query = query.where('application', '=', page.application);
  if (page.environment !== undefined) query = query.where('environment', '=', page.environment);
  if (page.after !== undefined) query = query.where('id', '>', page.after);
  return query.orderBy('id').limit(page.limit).execute();
}
