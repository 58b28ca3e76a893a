import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import { enterLines } from './enter-lines.ts';
import { TASK_COLUMNS, type TaskRow } from './task-row.ts';

/** A task by its id; null when there is none. */
export async function readTask(db: Database, tenant: string, id: string): Promise<TaskRow | null> {
  const { rows } = await sql<TaskRow>`
    select ${sql.raw(TASK_COLUMNS)} from tasks where tenant = ${tenant} and id = ${id}::uuid`.execute(db);
  return rows[0] ?? null;
}

/**
 * Ends a task that has not ended; a worker that has it is told when it speaks the next time, and its word counts no more.
 * @returns null when there is none that has not ended
 */
export async function cancelTask(
  db: Database,
  tenant: string,
  id: string,
  { by, reason }: TaskCancel = { by: null, reason: null },
): Promise<TaskRow | null> {
  if (by === null) return cancelled(db, tenant, id, reason);
  return db.transaction().execute(async (transaction) => {
    const row = await cancelled(transaction, tenant, id, reason);
    if (row === null) return null;
    const detail = { task: id, reason };
    const at = row.endedAt ?? row.createdAt;
    await appendLedger(transaction, tenant, [
      { at, actor: by, action: 'taskCancelled', subject: row.queue, detail },
    ]);
    return row;
  });
}

async function cancelled(
  db: Database,
  tenant: string,
  id: string,
  reason: string | null,
): Promise<TaskRow | null> {
  const { rows } = await sql<TaskRow>`
    update tasks set state = 'cancelled', ended_at = clock_timestamp(), lease_until = null,
      cancel_reason = ${reason === null ? null : storedText(reason)}
    where tenant = ${tenant} and id = ${id}::uuid and ended_at is null
    returning ${sql.raw(TASK_COLUMNS)}`.execute(db);
  return rows[0] ?? null;
}

/** Who ends a task, and why. */
export interface TaskCancel {
  /** Stands in the ledger; nobody is written down without. */
  readonly by: string | null;
  readonly reason: string | null;
}

/** Dead letters of a queue, each with the revision that it is dealt to now. */
export interface Redrive {
  readonly queue: TrackId;
  /** Of the split that they were dealt by. */
  readonly generation: number;
  readonly tasks: readonly { readonly id: string; readonly revision: RevisionId }[];
}

/**
 * Lets dead letters be tried again, from the beginning and without a deadline, at the head of their lines. What is no dead
 * letter of the queue is passed over; when another split is in force nothing is changed.
 *
 * @returns the ids of those that were changed
 */
export async function redriveTasks(
  db: Database,
  tenant: string,
  { queue, generation, tasks }: Redrive,
): Promise<readonly string[] | 'split-changed'> {
  const { lines, tag } = enterLines(tenant, queue);
  const { rows } = await sql<{ readonly id: string | null }>`
    with in_force as materialized (
      select id from task_queues where tenant = ${tenant} and id = ${queue} and generation = ${generation} for share),
    dealt as materialized (
      select dealt.* from in_force, unnest(${tasks.map(({ id }) => id)}::uuid[],
        ${tasks.map(({ revision }) => revision)}::text[]) as dealt (id, revision)),
    taken as materialized (
      select tasks.id, tasks.ctid as place, lane, dealt.revision from tasks join dealt on dealt.id = tasks.id
      where tenant = ${tenant} and queue = ${queue} and state = 'dead' and shadow_of is null
      order by tasks.id for update of tasks skip locked),
    ${lines},
    changed as (
      update tasks set state = 'waiting', revision = taken.revision, failures = 0, ended_at = null, deadline_at = null,
        avoid = null, tag = ${tag}
      from taken where tasks.ctid = taken.place returning tasks.id)
    select changed.id from in_force left join changed on true`.execute(db);
  if (rows.length === 0) return 'split-changed';
  return rows.flatMap(({ id }) => id ?? []);
}
