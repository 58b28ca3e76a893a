import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { LeaseFence } from '../tasks/settle-tasks.ts';

/** A task in the hands of a worker, as far as those need to know whom it spawns. */
export interface HeldTask {
  readonly id: string;
  readonly queue: string;
  readonly lane: string;
  readonly priority: number;
  readonly fairnessKey: string;
  readonly session: string | null;
  readonly input: unknown;
}

/**
 * The task of an attempt while its lease lasts, unless it is a copy whose result is only compared; else null.
 * @param isLocked it cannot end before the transaction does
 */
export async function heldTask(
  db: Database,
  tenant: string,
  { id, attempt, worker }: LeaseFence,
  { isLocked = false } = {},
): Promise<HeldTask | null> {
  const { rows } = await sql<HeldTask>`
    select id, queue, lane, priority, fairness_key as "fairnessKey", session, input from tasks
    where tenant = ${tenant} and id = ${id}::uuid and attempt = ${attempt} and worker = ${worker}
      and state = 'running' and shadow_of is null and lease_until > clock_timestamp() ${isLocked ? sql`for update` : sql``}`.execute(
    db,
  );
  return rows[0] ?? null;
}
