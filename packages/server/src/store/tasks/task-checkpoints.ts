import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { heldAttempt } from './held-attempt.ts';
import type { LeaseFence } from './settle-tasks.ts';

/**
 * Keeps how far an attempt has come, instead of what was kept before.
 * @returns false, and nothing is written, when the lease has ended
 */
export async function saveCheckpoint(
  db: Database,
  tenant: string,
  fence: LeaseFence,
  value: unknown,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    if ((await heldAttempt(transaction, tenant, fence)) === null) return false;
    await sql`
      insert into task_checkpoints (tenant, task, attempt, value)
      values (${tenant}, ${fence.id}::uuid, ${fence.attempt}, ${storedJson(value)}::json)
      on conflict (tenant, task) do update set attempt = excluded.attempt, value = excluded.value,
        saved_at = clock_timestamp()`.execute(transaction);
    return true;
  });
}

/** How far a task has come; null when nobody has said. */
export async function readCheckpoint(
  db: Database,
  tenant: string,
  task: string,
): Promise<{ readonly value: unknown } | null> {
  const { rows } = await sql<{ readonly value: unknown }>`
    select value from task_checkpoints where tenant = ${tenant} and task = ${task}::uuid`.execute(db);
  return rows[0] ?? null;
}

/** Removes checkpoints that were saved before a moment, and whose tasks have ended or are gone; over all tenants. */
export async function deleteOldCheckpoints(
  db: Database,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from task_checkpoints where ctid = any(array(
      select kept.ctid from task_checkpoints as kept
      where saved_at < ${timestamp(before)} and not exists (
        select from tasks where tasks.tenant = kept.tenant and tasks.id = kept.task and ended_at is null)
      limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}
