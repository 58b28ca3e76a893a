import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Every row that says whose it is, of one tenant, as text: table by table, in an order of their own. */
export async function rowsOfTenant(db: Database, tenant: string): Promise<string> {
  const { rows: tables } = await sql<{ readonly name: string }>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`.execute(db);
  const parts = tables.map(async ({ name }) => {
    const { rows } = await sql<{ readonly rows: string }>`
      select coalesce(string_agg(t::text, E'\\n' order by t::text), '') as rows
      from ${sql.id(name)} t where tenant = ${tenant}`.execute(db);
    return `${name}\n${rows[0]?.rows ?? ''}`;
  });
  return (await Promise.all(parts)).join('\n\n');
}
