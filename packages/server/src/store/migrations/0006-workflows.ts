import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tasks that wait for others, and messages between agents. */
export const workflows: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS: readonly string[] = [];
