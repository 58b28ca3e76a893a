import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is counted of attempts beside failures and durations. */
export const taskEvidence: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS: readonly string[] = [];
