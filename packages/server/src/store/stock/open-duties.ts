import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** What is still to be done for a tenant, for figures. */
export interface OpenDuties {
  /** Entries of the ledger that no signed head covers. */
  readonly unsignedEntries: number;
  /** For how long the oldest of them has waited, in seconds; 0 without any. */
  readonly unsignedSeconds: number;
  readonly waitingDeliveries: number;
  /** For how long the oldest delivery that is due has waited beyond that, in seconds; 0 without any. */
  readonly overdueSeconds: number;
  /** Deliveries that were given up in the last 24 hours. */
  readonly deadDeliveries: number;
  /** Channels that were switched off because their receiver said so. */
  readonly disabledChannels: number;
}

const NONE: OpenDuties = {
  ...{ unsignedEntries: 0, unsignedSeconds: 0, waitingDeliveries: 0 },
  ...{ overdueSeconds: 0, deadDeliveries: 0, disabledChannels: 0 },
};

/** Counts in one round trip; each part is read from an index. */
export async function openDuties(db: Database, tenant: string): Promise<OpenDuties> {
  const { rows } = await sql<OpenDuties>`
    with signed as (
      select coalesce(max(size), 0) as size from ledger_heads where tenant = ${tenant}
    ), waiting as (
      select count(*) as n, min(due_at) as oldest from deliveries where tenant = ${tenant} and state = 'waiting'
    )
    select
      greatest(0, coalesce((select size from ledger_trees where tenant = ${tenant}), 0) - signed.size)::bigint
        as "unsignedEntries",
      ${since(sql`(select at from ledger where tenant = ${tenant} and sequence > signed.size order by sequence limit 1)`)}
        as "unsignedSeconds",
      waiting.n::bigint as "waitingDeliveries",
      ${since(sql`waiting.oldest`)} as "overdueSeconds",
      (select count(*) from deliveries where tenant = ${tenant} and state = 'dead'
        and finished_at > clock_timestamp() - interval '24 hours')::bigint as "deadDeliveries",
      (select count(*) from channels where tenant = ${tenant} and disabled_reason is not null)::bigint
        as "disabledChannels"
    from signed, waiting`.execute(db);
  return rows[0] ?? NONE;
}

const since = (moment: ReturnType<typeof sql>) =>
  sql`coalesce(greatest(0, extract(epoch from clock_timestamp() - ${moment})), 0)::double precision`;
