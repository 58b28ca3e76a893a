import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** The names of the folders of source copies that any stored revision uses, over all tenants. */
export async function listBundlesInUse(db: Database): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string | null }>`
    select distinct regexp_replace(spec ->> 'directory', '^.*/', '') as name from revisions`.execute(db);
  return new Set(rows.flatMap(({ name }) => (name === null ? [] : [name])));
}
