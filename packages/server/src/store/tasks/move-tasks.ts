import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import { enterLines } from './enter-lines.ts';

/** Which tasks leave their revisions, and where they go. */
export interface TaskMove {
  readonly queue: TrackId;
  /** Revisions that get tasks by the split in force; what stands with any other one moves. */
  readonly serving: readonly RevisionId[];
  readonly to: RevisionId;
  /** What others work on moves as well, whose workers are then told to stop; else only what waits. */
  readonly running: boolean;
}

/** Tasks of one statement. */
const BATCH = 1_000;

/**
 * Moves tasks that nobody would serve any more. What is scheduled moves when it is due. Gives how many moved.
 */
export async function moveTasks(db: Database, tenant: string, move: TaskMove): Promise<number> {
  let moved = 0;
  const states = move.running ? [sql`'waiting'`, sql`'running'`] : [sql`'waiting'`];
  for (const state of states)
    for (let count = BATCH; count === BATCH; moved += count) count = await moveBatch(db, tenant, move, state);
  return moved;
}

/** The state is written out, so that the index of what is in it can be used. */
async function moveBatch(
  db: Database,
  tenant: string,
  { queue, serving, to }: TaskMove,
  state: RawBuilder<unknown>,
): Promise<number> {
  const { lines, tag } = enterLines(tenant, queue);
  const { rows } = await sql`
    with left_alone as materialized (
      select revision, lane from task_lines
      where tenant = ${tenant} and queue = ${queue} and revision <> all(${[...serving]}::text[])),
    taken as materialized (
      select tasks.id, tasks.lane, ${to}::text as revision from left_alone join tasks using (revision, lane)
      where tasks.tenant = ${tenant} and tasks.queue = ${queue} and tasks.state = ${state}
      limit ${BATCH} for update of tasks skip locked),
    ${lines}
    update tasks set revision = taken.revision, state = 'waiting', lease_until = null, tag = ${tag}
    from taken where tasks.tenant = ${tenant} and tasks.id = taken.id returning 1`.execute(db);
  return rows.length;
}
