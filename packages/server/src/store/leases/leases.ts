import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A duty that one replica of the installation does at a time, for example retention; so it has no tenant. */
export interface Lease {
  readonly name: string;
  /** Unique per replica and process. */
  readonly holder: string;
  readonly durationMs: number;
}

/**
 * Takes a lease that is free or over, or extends one's own, for `durationMs` from now by the database's clock. One that
 * would last longer than this is over too.
 * @returns whether the holder has it
 */
export async function acquireLease(db: Database, lease: Lease): Promise<boolean> {
  const until = sql<Date>`clock_timestamp() + ${lease.durationMs}::double precision * interval '1 millisecond'`;
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('leases')
    .values({ name: lease.name, holder: lease.holder, until })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder: lease.holder, until })
        .where((where) =>
          where.or([
            where('leases.holder', '=', lease.holder),
            where('leases.until', '<=', sql<Instant>`clock_timestamp()`),
            // Whoever took it had a clock that was ahead and has been set back.
            sql<boolean>`leases.until > ${until}`,
          ]),
        ),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}
