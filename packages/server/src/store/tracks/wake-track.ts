import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** The channel on which the ids of tracks that are due are announced. */
export const TRACKS_CHANNEL = 'sluice_tracks';

/**
 * Makes a track due at `at` unless it is due before, and announces it. A track that is being worked on becomes due again
 * after its commit: what the worker read may be older than the reason for this call.
 * @returns false when there is no such track
 */
export async function wakeTrack(
  db: Database,
  tenant: string,
  wake: { readonly trackId: TrackId; readonly at: Instant },
): Promise<boolean> {
  const at = timestamp(wake.at);
  const { rows } = await sql`
    update tracks set next_wake_at = least(next_wake_at, ${at}), woken_at = least(woken_at, ${at})
    where tenant = ${tenant} and id = ${wake.trackId}
    returning pg_notify(${TRACKS_CHANNEL}, id)`.execute(db);
  return rows.length === 1;
}
