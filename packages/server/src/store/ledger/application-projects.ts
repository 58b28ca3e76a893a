import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** The projects of applications; what is not among them is in `default`. */
export async function applicationProjects(
  db: Database,
  tenant: string,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ readonly application: string; readonly project: string }>`
    select application, project from applications where tenant = ${tenant}`.execute(db);
  return new Map(rows.map(({ application, project }) => [application, project]));
}
