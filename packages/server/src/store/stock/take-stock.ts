import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** What is there in all tenants, for figures. */
export interface Stock {
  readonly tracks: number;
  readonly ledgerEntries: number;
  /** Rollouts that have not ended, by their phase; phases without any are left out. */
  readonly rolloutsUnderWay: Readonly<Record<string, number>>;
}

/**
 * Counts in one round trip. Tracks are few and counted one by one; of the ledger, which has no gaps, the last number is
 * read, and of the rollouts those that have not ended, both from an index. 2 to 5 ms with ten thousand tracks.
 */
export async function takeStock(db: Database): Promise<Stock> {
  const { rows } = await sql<Stock>`
    with by_tenant as (select tenant, count(*) as tracks from tracks group by tenant)
    select coalesce(sum(tracks), 0)::bigint as tracks,
      coalesce(sum(newest.sequence), 0)::bigint as "ledgerEntries",
      (select coalesce(json_object_agg(phase, n), '{}') from (
        select phase, count(*) as n from rollouts where finished_at is null group by phase) as phases
      ) as "rolloutsUnderWay"
    from by_tenant left join lateral (
      select sequence from ledger where ledger.tenant = by_tenant.tenant order by sequence desc limit 1
    ) as newest on true`.execute(db);
  return rows[0] ?? { tracks: 0, ledgerEntries: 0, rolloutsUnderWay: {} };
}
