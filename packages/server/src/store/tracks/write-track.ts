import { trackNames, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** The next state of a track. */
export interface TrackWrite {
  readonly trackId: TrackId;
  /** The version that the new state was derived from; 0 creates the track. */
  readonly expectedVersion: number;
  readonly state: unknown;
  /** When to look at it again; null for never, until woken. */
  readonly nextWakeAt: Instant | null;
}

/**
 * Writes the state if the track still has the expected version, counts the version up and ends any claim.
 * @returns false when somebody else has committed meanwhile
 */
export async function writeTrack(db: Database, tenant: string, track: TrackWrite): Promise<boolean> {
  return track.expectedVersion === 0 ? insertTrack(db, tenant, track) : updateTrack(db, tenant, track);
}

async function insertTrack(db: Database, tenant: string, track: TrackWrite): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('tracks')
    .values({
      tenant,
      id: track.trackId,
      ...trackNames(track.trackId),
      state: storedJson(track.state),
      version: 1,
      next_wake_at: storedInstant(track.nextWakeAt),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

async function updateTrack(db: Database, tenant: string, track: TrackWrite): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('tracks')
    .set({
      state: storedJson(track.state),
      version: track.expectedVersion + 1,
      // Who was woken since the claim was not seen by this decision: it stands.
      next_wake_at: sql<Date>`least(${storedInstant(track.nextWakeAt)}::timestamptz, woken_at)`,
      woken_at: null,
      claimed_by: null,
      claimed_until: null,
      updated_at: sql<Instant>`now()`,
    })
    .where('tenant', '=', tenant)
    .where('id', '=', track.trackId)
    .where('version', '=', track.expectedVersion)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
