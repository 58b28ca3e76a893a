import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Any number; the first half of the lock's key, which keeps it apart from other advisory locks. */
const JOURNAL_LOCK = 1_937_468_771;

/**
 * Waits until no other transaction of the tenant is writing events or ledger entries, and keeps them out until this one
 * ends. A number taken under this lock is visible before the next one is taken.
 */
export async function lockJournal(db: Database, tenant: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${JOURNAL_LOCK}, hashtext(${tenant}))`.execute(db);
}
