import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What agents remember, larger payloads, and agents that are not delivered by releases. */
export const memory: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS: readonly string[] = [];
