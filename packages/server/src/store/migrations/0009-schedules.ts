import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tasks that come by the clock, and limits of queues. */
export const schedules: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS: readonly string[] = [];
