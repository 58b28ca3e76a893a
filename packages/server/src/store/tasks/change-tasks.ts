import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
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
export async function cancelTask(db: Database, tenant: string, id: string): Promise<TaskRow | null> {
  const { rows } = await sql<TaskRow>`
    update tasks set state = 'cancelled', ended_at = clock_timestamp(), lease_until = null
    where tenant = ${tenant} and id = ${id}::uuid and ended_at is null
    returning ${sql.raw(TASK_COLUMNS)}`.execute(db);
  return rows[0] ?? null;
}

/** What a revision takes over: it needs lines for them, and they stand where its lines have come to. */
function takenOver(tenant: string, queue: TrackId, to: RevisionId) {
  return {
    lines: sql`lines as (
      insert into task_lines (tenant, queue, revision, lane)
      select distinct ${tenant}, ${queue}::text, ${to}::text, lane from taken order by lane
      on conflict do nothing)`,
    tag: sql`coalesce((select served from task_lines as line where line.tenant = tasks.tenant
      and line.queue = tasks.queue and line.revision = ${to} and line.lane = tasks.lane), 0)`,
  };
}

/** Lets dead letters of a queue be tried again, from the beginning and on the given revision. Gives how many. */
export async function redriveTasks(
  db: Database,
  tenant: string,
  wish: {
    readonly queue: TrackId;
    readonly revision: RevisionId;
    readonly limit: number;
    /** Only this one. */
    readonly id?: string;
  },
): Promise<number> {
  const { queue, revision, limit, id } = wish;
  const only = id === undefined ? sql`` : sql`and id = ${id}::uuid`;
  const { lines, tag } = takenOver(tenant, queue, revision);
  const { rows } = await sql`
    with taken as materialized (
      select id, lane from tasks where tenant = ${tenant} and queue = ${queue} and state = 'dead' ${only}
      order by ended_at limit ${limit} for update skip locked),
    ${lines}
    update tasks set state = 'waiting', revision = ${revision}, failures = 0, ended_at = null, deadline_at = null,
      avoid = null, tag = ${tag}
    from taken where tasks.tenant = ${tenant} and tasks.id = taken.id returning 1`.execute(db);
  return rows.length;
}

/**
 * Moves what has not ended from one revision to another: what waits, and what runs as well where that is wanted, whose
 * workers are then told to stop. Gives how many; at most `limit`, so that it may have to be called again.
 */
export async function moveTasks(
  db: Database,
  tenant: string,
  move: {
    readonly queue: TrackId;
    readonly from: RevisionId;
    readonly to: RevisionId;
    readonly running: boolean;
    readonly limit: number;
  },
): Promise<number> {
  const { queue, from, to, running, limit } = move;
  const states = ['waiting', 'scheduled', 'blocked', ...(running ? ['running'] : [])];
  const { lines, tag } = takenOver(tenant, queue, to);
  const { rows } = await sql`
    with taken as materialized (
      select id, lane from tasks where tenant = ${tenant} and queue = ${queue} and revision = ${from}
        and state = any(${states}::text[])
      limit ${limit} for update skip locked),
    ${lines}
    update tasks set revision = ${to}, state = case when state = 'running' then 'waiting' else state end,
      lease_until = null, tag = ${tag}
    from taken where tasks.tenant = ${tenant} and tasks.id = taken.id returning 1`.execute(db);
  return rows.length;
}
