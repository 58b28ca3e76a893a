import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A migration that carries out statements, in their order. */
export const migrationOf = (statements: readonly string[]): Migration => ({
  up: async (db) => {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
});
