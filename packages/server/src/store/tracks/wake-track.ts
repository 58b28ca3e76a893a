import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** The channel on which the ids of tracks that are due are announced. */
export const TRACKS_CHANNEL = 'sluice_tracks';

/**
 * Makes every track due, one after the other from `from` on at `apartMs` milliseconds, those first that would be due
 * first; what is due before its turn stays so. Goes across all tenants, as the claims do. What another session writes
 * just now is passed over: it is being looked at, and nobody waits for anybody.
 */
export async function wakeEveryTrack(
  db: Database,
  { from, apartMs }: { readonly from: Instant; readonly apartMs: number },
): Promise<void> {
  await sql`
    with every as materialized (select tenant, id, next_wake_at from tracks for update skip locked),
    turn as (
      select tenant, id, ${timestamp(from)} + (row_number() over (order by next_wake_at, tenant, id) - 1)
        * ${apartMs}::double precision * interval '1 millisecond' as at
      from every)
    update tracks set next_wake_at = turn.at from turn
    where tracks.tenant = turn.tenant and tracks.id = turn.id
      and (tracks.next_wake_at is null or tracks.next_wake_at > turn.at)`.execute(db);
}
