import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import { DECLARED, type DeclaredRow } from './gate-columns.ts';

/** A declaration, by its table and its name. */
export interface DeclaredName {
  readonly table: 'freezes' | 'release_windows' | 'approval_rules';
  readonly name: string;
}

/**
 * Changes what is declared under a name, after a look at what is declared there now. Changes of a tenant come one after the
 * other, so that nobody changes what another has just put into its place.
 */
export async function changeDeclared<Done>(
  db: Database,
  tenant: string,
  { table, name }: DeclaredName,
  change: (transaction: Database, present: DeclaredRow | null) => Promise<Done>,
): Promise<Done> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`gates ${tenant}`}, 0))`.execute(transaction);
    const { rows } = await sql<DeclaredRow>`
      select ${sql.raw(DECLARED)} from ${sql.table(table)} where tenant = ${tenant} and name = ${name}`.execute(
      transaction,
    );
    return change(transaction, rows[0] ?? null);
  });
}
