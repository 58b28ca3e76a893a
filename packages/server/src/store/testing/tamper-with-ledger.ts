import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** For tests: what somebody with the rights of the database's owner can do, and the ledger's chain must show. */
export async function tamperWithLedger(db: Database, statement: string): Promise<void> {
  await sql
    .raw(`alter table ledger disable trigger user; ${statement}; alter table ledger enable trigger user`)
    .execute(db);
}
