import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** Removes workflows that ended long ago, with what is known of their tasks; over all tenants. */
export async function deleteOldWorkflows(
  db: Database,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from workflows where ctid = any(array(
      select ctid from workflows where ended_at < ${timestamp(before)} limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}
