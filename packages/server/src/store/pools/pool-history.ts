import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** Places that the tasks of a track needed at one look. */
export interface LoadLook {
  readonly queue: TrackId;
  /** When the stretch began that the look lies in. */
  readonly bucket: Instant;
  readonly places: number;
}

/** Adds looks to the history. */
export async function addLooks(db: Database, tenant: string, looks: readonly LoadLook[]): Promise<void> {
  const column = <Value>(of: (look: LoadLook) => Value): Value[] => looks.map(of);
  await sql`
    insert into pool_history (tenant, queue, bucket, places, looks)
    select ${tenant}, queue, bucket, places, 1
    from unnest(${column(({ queue }) => queue)}::text[], ${column(({ bucket }) => storedInstant(bucket))}::timestamptz[],
      ${column(({ places }) => places)}::double precision[]) as seen (queue, bucket, places)
    on conflict (tenant, queue, bucket) do update
      set places = pool_history.places + excluded.places, looks = pool_history.looks + 1`.execute(db);
}

/** The means of the stretches that began at `since` or later, in their order. */
export async function readHistory(
  db: Database,
  tenant: string,
  { queue, since }: { readonly queue: TrackId; readonly since: Instant },
): Promise<readonly { readonly at: Instant; readonly places: number }[]> {
  const { rows } = await sql<{ readonly at: Instant; readonly places: number }>`
    select bucket as at, places / looks as places from pool_history
    where tenant = ${tenant} and queue = ${queue} and bucket >= ${timestamp(since)} order by bucket`.execute(
    db,
  );
  return rows;
}

/** Removes stretches from before a moment. */
export async function forgetHistory(db: Database, before: Instant): Promise<void> {
  await sql`delete from pool_history where bucket < ${timestamp(before)}`.execute(db);
}
