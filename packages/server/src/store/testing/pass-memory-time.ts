import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** For tests: lets what is remembered be so much older, in ms. */
export async function passTime(db: Database, elapsedMs: number): Promise<void> {
  await sql`
    update memory_keys set expires_at = expires_at - ${elapsedMs}::double precision * interval '1 millisecond'`.execute(
    db,
  );
}
