import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { TRACK_COLUMNS, type TrackRow } from './track-row.ts';
import { unawaited } from './unawaited.ts';

/** A replica's wish for work. */
export interface Claim {
  /** Who claims; unique per replica and process. */
  readonly holder: string;
  /** At most so many tracks. */
  readonly limit: number;
  /** After so long without a commit others may claim the track; by the database's clock, at most `LONGEST_LEASE_MS`. */
  readonly leaseMs: number;
  /** The claimant's time: it decides by the same clock, which also wrote when to wake. */
  readonly now: Instant;
}

/** Nobody lets a track sleep longer than a minute; what is to sleep longer was put to bed by a clock that was ahead. */
export const LONGEST_SLEEP_MS = 120_000;
/** A claim that has longer to go was made by a clock that was ahead, and holds no more. */
export const LONGEST_LEASE_MS = 120_000;

/**
 * Claims tracks that are due and nobody else works on, the longest due first. No two claimants get the same track within
 * its lease; a claim ends with the commit. Goes across all tenants, the exception to the rule that a tenant comes first:
 * one loop serves them all, and each row says whose it is.
 *
 * When a clock was set back, what it wrote before lies in the future: where there is room it is claimed too, instead of
 * sleeping until the clock has caught up.
 */
export async function claimDueTracks(db: Database, claim: Claim): Promise<readonly TrackRow[]> {
  const { holder, limit, leaseMs, now } = claim;
  const oversleeps = timestamp(now + LONGEST_SLEEP_MS);
  return db
    .with('due', (query) => {
      const due = query
        .selectFrom('tracks')
        .select(['tenant', 'id'])
        .where('next_wake_at', '<=', timestamp(now));
      return due.where(UNCLAIMED).orderBy('next_wake_at').limit(limit).forUpdate().skipLocked();
    })
    .with('overslept', (query) => {
      const far = query.selectFrom('tracks').select(['tenant', 'id']).where('next_wake_at', '>', oversleeps);
      return far.where(UNCLAIMED).orderBy('next_wake_at', 'desc').limit(limit).forUpdate().skipLocked();
    })
    .with(
      // Materialized, as a plan that evaluated the limit twice would claim more rows than it returns.
      (cte) => cte('chosen').materialized(),
      (query) => {
        const overslept = query.selectFrom('overslept').select(['tenant', 'id']);
        return query.selectFrom('due').select(['tenant', 'id']).unionAll(overslept).limit(limit);
      },
    )
    .updateTable('tracks')
    .from('chosen')
    .set({ claimed_by: holder, claimed_until: sql<Date>`clock_timestamp() + ${interval(leaseMs)}` })
    .whereRef('tracks.tenant', '=', 'chosen.tenant')
    .whereRef('tracks.id', '=', 'chosen.id')
    .returning([...TRACK_COLUMNS, unawaited()])
    .execute();
}

const interval = (ms: number) => sql`${ms}::double precision * interval '1 millisecond'`;

const UNCLAIMED = sql<boolean>`(claimed_until is null or claimed_until <= clock_timestamp()
  or claimed_until > clock_timestamp() + ${interval(LONGEST_LEASE_MS)})`;

/**
 * Gives a claim back without a commit, to be worked on again at `wakeAt`. Only of the version that was claimed: what was
 * committed meanwhile ended that claim, and the same holder may have claimed the track again since.
 */
export async function releaseClaim(
  db: Database,
  tenant: string,
  claim: {
    readonly trackId: TrackId;
    readonly version: number;
    readonly holder: string;
    readonly wakeAt: Instant;
  },
): Promise<void> {
  await db
    .updateTable('tracks')
    .set({
      claimed_by: null,
      claimed_until: null,
      next_wake_at: storedInstant(claim.wakeAt),
      updated_at: sql<Instant>`now()`,
    })
    .where('tenant', '=', tenant)
    .where('id', '=', claim.trackId)
    .where('version', '=', claim.version)
    .where('claimed_by', '=', claim.holder)
    .returning(unawaited())
    .execute();
}
