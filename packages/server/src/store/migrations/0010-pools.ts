import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How many workers there are to be. */
export const pools: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS: readonly string[] = [];
