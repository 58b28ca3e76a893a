import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** The channel on which queues are announced in which something waits. */
export const QUEUES_CHANNEL = 'sluice_queues';

/** Tells all who listen, in one statement. */
export async function announceQueues(db: Database, payloads: readonly string[]): Promise<void> {
  await sql`select pg_notify(${QUEUES_CHANNEL}, payload) from unnest(${[...payloads]}::text[]) as announced (payload)`.execute(
    db,
  );
}
