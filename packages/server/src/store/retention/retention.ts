/**
 * What keeps the store from growing for ever. Each function removes at most `limit` rows, over all tenants, and says how
 * many: a duty of one replica (see leases) calls it again while the answer is `limit`. The ledger is kept for ever.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { StoreSchema } from '../database/store-schema.ts';

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
export const deleteOldEvents = (db: Database, age: ByAge): Promise<number> =>
  deletedByAge(db, { table: 'events', moment: 'at' }, age);

/** Removes events of tracks that have more than is kept, the oldest of each first. */
export const deleteExcessEvents = (db: Database, count: ByCount): Promise<number> =>
  deletedByCount(db, { table: 'events', order: 'sequence' }, count);

/** Removes records of effects ordered long ago; their keys could then be ordered again, so keep weeks. */
export const deleteOldEffects = (db: Database, age: ByAge): Promise<number> =>
  deletedByAge(db, { table: 'effects', moment: 'ordered_at' }, age);

/** Removes records of effects of tracks that have more than is kept: one that is refused is ordered every second. */
export const deleteExcessEffects = (db: Database, count: ByCount): Promise<number> =>
  deletedByCount(db, { table: 'effects', order: 'generation' }, count);

/** Removes old minutes of traffic. */
export const deleteOldTraffic = (db: Database, age: ByAge): Promise<number> =>
  deletedByAge(db, { table: 'traffic_minutes', moment: 'minute' }, age);

/** Removes old idempotency keys. */
export const deleteOldIdempotencyKeys = (db: Database, age: ByAge): Promise<number> =>
  deletedByAge(db, { table: 'idempotency_keys', moment: 'created_at' }, age);

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
 * Removes revisions older than `before` that no remaining rollout mentions and that their track does not remember: it
 * remembers those to which an undo may return.
 */
export async function deleteUnusedRevisions(db: Database, { before, limit }: ByAge): Promise<number> {
  return deleted(
    db,
    sql`delete from revisions where (tenant, track_id, id) in (
      select tenant, track_id, id from revisions as old
      where created_at < ${timestamp(before)}
        and not exists (
          select from rollouts where rollouts.tenant = old.tenant and rollouts.track_id = old.track_id
            and old.id in (rollouts.candidate, rollouts.stable))
        and not exists (
          select from tracks where tracks.tenant = old.tenant and tracks.id = old.track_id
            and tracks.state -> 'revisions' -> old.id is not null)
      limit ${limit})`,
  );
}

/** Rows are named by their place in the table, which spares a second look for them in its index. */
async function deletedByAge(
  db: Database,
  { table, moment }: { readonly table: keyof StoreSchema; readonly moment: string },
  { before, limit }: ByAge,
): Promise<number> {
  const rows = sql.table(table);
  return deleted(
    db,
    sql`delete from ${rows} where ctid = any(array(
      select ctid from ${rows} where ${sql.ref(moment)} < ${timestamp(before)} limit ${limit}))`,
  );
}

/** All but the newest of each track by an order, the oldest first. */
async function deletedByCount(
  db: Database,
  { table, order }: { readonly table: keyof StoreSchema; readonly order: string },
  { keepPerTrack, limit }: ByCount,
): Promise<number> {
  const [rows, place] = [sql.table(table), sql.ref(order)];
  return deleted(
    db,
    sql`delete from ${rows} where ctid = any(array(
      select excess.ctid from tracks
      cross join lateral (
        select ${place} as place from ${rows} where tenant = tracks.tenant and track_id = tracks.id
        order by ${place} desc offset ${keepPerTrack} limit 1) as newest
      cross join lateral (
        select ctid from ${rows}
        where tenant = tracks.tenant and track_id = tracks.id and ${place} <= newest.place
        order by ${place} limit ${limit}) as excess
      limit ${limit}))`,
  );
}

async function deleted(db: Database, statement: ReturnType<typeof sql>): Promise<number> {
  const { numAffectedRows = 0n } = await statement.execute(db);
  return Number(numAffectedRows);
}
