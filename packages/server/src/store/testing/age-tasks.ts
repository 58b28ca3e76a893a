import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Lets so many ms pass for all tasks, by making them older: the database's clock goes by itself. */
export async function ageTasks(db: Database, byMs: number): Promise<void> {
  const by = sql`${byMs}::double precision * interval '1 millisecond'`;
  await sql`update tasks set lease_until = lease_until - ${by}, due_at = due_at - ${by},
    deadline_at = deadline_at - ${by}, started_at = started_at - ${by}`.execute(db);
  await sql`update task_queues set pinned_until = pinned_until - ${by}`.execute(db);
}
