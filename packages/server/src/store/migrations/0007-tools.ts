import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tools that agents may call, and what they called. */
export const tools: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS: readonly string[] = [];
