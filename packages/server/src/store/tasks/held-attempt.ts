import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { LeaseFence } from './settle-tasks.ts';

/** The task of an attempt that somebody works on. */
export interface HeldAttempt {
  readonly queue: string;
  readonly session: string | null;
  /** False where nothing may be done that others notice. */
  readonly mayAct: boolean;
}

/**
 * The task of an attempt while its lease lasts; null when it does not, or somebody else has it. In a transaction the lease
 * cannot be taken away before it ends.
 */
export async function heldAttempt(
  db: Database,
  tenant: string,
  { id, attempt, worker }: LeaseFence,
): Promise<HeldAttempt | null> {
  const { rows } = await sql<HeldAttempt>`
    select queue, session, shadow_of is null as "mayAct" from tasks
    where tenant = ${tenant} and id = ${id}::uuid and attempt = ${attempt} and worker = ${worker}
      and state = 'running' and lease_until > clock_timestamp() for share`.execute(db);
  return rows[0] ?? null;
}
