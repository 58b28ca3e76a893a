import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** The channel on which the ids of tracks that are due are announced; an empty one says that events were written. */
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

/**
 * Makes some tracks of a tenant due now, as far as nobody works on them.
 * @returns those that somebody has claimed: what is written when the claim ends says when they are due
 */
export async function wakeTracks(
  db: Database,
  tenant: string,
  { tracks, now }: { readonly tracks: readonly TrackId[]; readonly now: Instant },
): Promise<readonly TrackId[]> {
  const { rows } = await sql<{ readonly id: TrackId; readonly is_claimed: boolean }>`
    with named as materialized (
      select id, coalesce(claimed_until > clock_timestamp(), false) as is_claimed from tracks
      where tenant = ${tenant} and id = any(${[...tracks]}) order by id for update),
    woken as (
      update tracks set next_wake_at = ${timestamp(now)} from named
      where tracks.tenant = ${tenant} and tracks.id = named.id and not named.is_claimed
        and (tracks.next_wake_at is null or tracks.next_wake_at > ${timestamp(now)}))
    select id, is_claimed from named`.execute(db);
  return rows.filter(({ is_claimed: isClaimed }) => isClaimed).map(({ id }) => id);
}
