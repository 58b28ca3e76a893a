import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

interface Kept {
  readonly version: number;
  readonly state: unknown;
  readonly rollouts: number;
}

/**
 * For tests: remembers the only track that there is, and gives what brings the store back to it, so that nobody knows
 * of later releases any more.
 */
export async function backUpTrack(db: Database): Promise<() => Promise<void>> {
  const { rows } = await sql<Kept>`
    select version, state, (select max(number) from rollouts) as rollouts from tracks`.execute(db);
  return async () => {
    for (const { version, state, rollouts } of rows) {
      const text = JSON.stringify(state);
      await sql`update tracks set version = ${version}, state = ${text}, evidence = null`.execute(db);
      await sql`delete from revisions where id in (select candidate from rollouts where number > ${rollouts})`.execute(
        db,
      );
      await sql`delete from rollouts where number > ${rollouts}`.execute(db);
    }
  };
}
