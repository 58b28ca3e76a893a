import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** Failures of one address or one account. */
export interface FailureRow {
  readonly key: string;
  readonly failures: number;
  readonly lastAt: Instant;
}

const COLUMNS = sql.raw('key, failures, last_at as "lastAt"');

/** What is known of addresses and accounts. */
export async function findFailures(
  db: Database,
  tenant: string,
  keys: readonly string[],
): Promise<readonly FailureRow[]> {
  const { rows } = await sql<FailureRow>`
    select ${COLUMNS} from failed_logins where tenant = ${tenant} and key = any(${keys})`.execute(db);
  return rows;
}

/** Counts a failure for each of some keys; one after a long rest begins anew, and what rested is forgotten. */
export async function countFailure(
  db: Database,
  tenant: string,
  keys: readonly string[],
  { at, restMs }: { readonly at: Instant; readonly restMs: number },
): Promise<readonly FailureRow[]> {
  await sql`delete from failed_logins where tenant = ${tenant} and last_at < ${timestamp(at - restMs)}`.execute(
    db,
  );
  // In the same order for everybody, so that two failures at once do not wait for each other.
  const { rows } = await sql<FailureRow>`
    insert into failed_logins as f (tenant, key, failures, last_at)
    select ${tenant}, key, 1, ${timestamp(at)} from unnest(${[...keys].sort()}::text[]) as key
    on conflict (tenant, key) do update set failures = f.failures + 1, last_at = excluded.last_at
    returning ${COLUMNS}`.execute(db);
  return rows;
}

/** Forgets the failures of keys: whoever it was has got in. */
export async function forgetFailures(db: Database, tenant: string, keys: readonly string[]): Promise<void> {
  await sql`delete from failed_logins where tenant = ${tenant} and key = any(${keys})`.execute(db);
}
