import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Whether the database compares vectors. */
export type VectorSupport = 'available' | 'not-installed' | 'not-permitted';

/** Looks for the extension `vector` (pgvector), and creates it in this database where that is allowed. */
export async function vectorSupport(db: Database): Promise<VectorSupport> {
  const { rows } = await sql<{ readonly isThere: boolean }>`
    select exists (select from pg_extension where extname = 'vector') as "isThere"
    from pg_available_extensions where name = 'vector'`.execute(db);
  const [found] = rows;
  if (found === undefined) return 'not-installed';
  if (found.isThere) return 'available';
  try {
    await sql`create extension if not exists vector`.execute(db);
    return 'available';
  } catch {
    return 'not-permitted';
  }
}
