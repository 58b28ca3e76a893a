/**
 * What keeps the store from growing for ever. Each function removes at most `limit` rows, over all tenants, and says how
 * many: a duty of one replica (see leases) calls it again while the answer is `limit`. The ledger is kept for ever.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** Removes rows older than `before`. */
export interface ByAge {
  readonly before: Instant;
  /** At most so many rows. */
  readonly limit: number;
}

/** Removes all but the newest of each track. */
export interface ByCount {
  readonly keepPerTrack: number;
  /** At most so many rows. */
  readonly limit: number;
}

/** Removes old events. */
export async function deleteOldEvents(db: Database, { before, limit }: ByAge): Promise<number> {
  return deleted(
    db,
    sql`delete from events where ctid = any(array(
      select ctid from events where at < ${timestamp(before)} limit ${limit}))`,
  );
}

/** Removes events of tracks that have more than is kept, the oldest of each first. */
export async function deleteExcessEvents(db: Database, { keepPerTrack, limit }: ByCount): Promise<number> {
  return deleted(
    db,
    sql`delete from events where ctid = any(array(
      select excess.ctid from tracks
      cross join lateral (
        select sequence from events where tenant = tracks.tenant and track_id = tracks.id
        order by sequence desc offset ${keepPerTrack} limit 1) as newest
      cross join lateral (
        select ctid from events
        where tenant = tracks.tenant and track_id = tracks.id and sequence <= newest.sequence
        order by sequence limit ${limit}) as excess
      limit ${limit}))`,
  );
}

/** Removes records of effects ordered long ago; their keys could then be ordered again, so keep weeks. */
export async function deleteOldEffects(db: Database, { before, limit }: ByAge): Promise<number> {
  return deleted(
    db,
    sql`delete from effects where ctid = any(array(
      select ctid from effects where ordered_at < ${timestamp(before)} limit ${limit}))`,
  );
}

/** Removes old minutes of traffic. */
export async function deleteOldTraffic(db: Database, { before, limit }: ByAge): Promise<number> {
  return deleted(
    db,
    sql`delete from traffic_minutes where ctid = any(array(
      select ctid from traffic_minutes where minute < ${timestamp(before)} limit ${limit}))`,
  );
}

/** Removes old idempotency keys. */
export async function deleteOldIdempotencyKeys(db: Database, { before, limit }: ByAge): Promise<number> {
  return deleted(
    db,
    sql`delete from idempotency_keys where ctid = any(array(
      select ctid from idempotency_keys where created_at < ${timestamp(before)} limit ${limit}))`,
  );
}

/** Removes finished rollouts, the oldest of each track first. */
export async function deleteExcessRollouts(db: Database, { keepPerTrack, limit }: ByCount): Promise<number> {
  return deleted(
    db,
    sql`delete from rollouts where finished_at is not null and (tenant, id) in (
      select excess.tenant, excess.id from tracks
      cross join lateral (
        select tenant, id, finished_at from rollouts where tenant = tracks.tenant and track_id = tracks.id
        order by number desc offset ${keepPerTrack}) as excess
      where excess.finished_at is not null limit ${limit})`,
  );
}

/**
 * Removes revisions older than `before` that no remaining rollout mentions, except the last promoted ones of each track,
 * to which an undo may return.
 */
export async function deleteUnusedRevisions(
  db: Database,
  { before, keepPromotedPerTrack, limit }: ByAge & { readonly keepPromotedPerTrack: number },
): Promise<number> {
  return deleted(
    db,
    sql`delete from revisions where (tenant, track_id, id) in (
      select tenant, track_id, id from revisions as old
      where created_at < ${timestamp(before)}
        and not exists (
          select from rollouts where rollouts.tenant = old.tenant and rollouts.track_id = old.track_id
            and old.id in (rollouts.candidate, rollouts.stable))
        and id not in (
          select id from revisions as promoted
          where promoted.tenant = old.tenant and promoted.track_id = old.track_id and promoted.promoted_at is not null
          order by promoted.promoted_at desc limit ${keepPromotedPerTrack})
      limit ${limit})`,
  );
}

async function deleted(db: Database, statement: ReturnType<typeof sql>): Promise<number> {
  const { numAffectedRows = 0n } = await statement.execute(db);
  return Number(numAffectedRows);
}
