import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { TRACK_COLUMNS, type TrackRow } from './track-row.ts';
import { unawaited } from './unawaited.ts';

/** A replica's wish for work. */
export interface Claim {
  /** Who claims; unique per replica and process. */
  readonly holder: string;
  /** At most so many tracks. */
  readonly limit: number;
  /** After so long without a commit others may claim the track; measured by the database's clock. */
  readonly leaseMs: number;
  /** The claimant's time: it decides by the same clock, which also wrote when to wake. */
  readonly now: Instant;
}

/**
 * Claims tracks that are due and nobody else works on, the longest due first. No two claimants get the same track within
 * its lease; a claim ends with the commit. Goes across all tenants, the exception to the rule that a tenant comes first:
 * one loop serves them all, and each row says whose it is.
 */
export async function claimDueTracks(db: Database, claim: Claim): Promise<readonly TrackRow[]> {
  return db
    .with(
      // Materialized, as a plan that evaluated the limit twice would lock more rows than it returns.
      (cte) => cte('due').materialized(),
      (query) =>
        query
          .selectFrom('tracks')
          .select(['tenant', 'id'])
          .where('next_wake_at', '<=', timestamp(claim.now))
          .where((where) =>
            where.or([
              where('claimed_until', 'is', null),
              where('claimed_until', '<=', sql<Instant>`clock_timestamp()`),
            ]),
          )
          .orderBy('next_wake_at')
          .limit(claim.limit)
          .forUpdate()
          .skipLocked(),
    )
    .updateTable('tracks')
    .from('due')
    .set({
      claimed_by: claim.holder,
      claimed_until: sql<Date>`clock_timestamp() + ${claim.leaseMs}::double precision * interval '1 millisecond'`,
      woken_at: null,
    })
    .whereRef('tracks.tenant', '=', 'due.tenant')
    .whereRef('tracks.id', '=', 'due.id')
    .returning([...TRACK_COLUMNS, unawaited()])
    .execute();
}

/** Gives a claim back without a commit, to be worked on again at `wakeAt` or when woken before. */
export async function releaseClaim(
  db: Database,
  tenant: string,
  claim: { readonly trackId: TrackId; readonly holder: string; readonly wakeAt: Instant },
): Promise<void> {
  await db
    .updateTable('tracks')
    .set({
      claimed_by: null,
      claimed_until: null,
      next_wake_at: sql<Date>`least(${timestamp(claim.wakeAt)}, woken_at)`,
      woken_at: null,
      updated_at: sql<Instant>`now()`,
    })
    .where('tenant', '=', tenant)
    .where('id', '=', claim.trackId)
    .where('claimed_by', '=', claim.holder)
    .returning(unawaited())
    .execute();
}
