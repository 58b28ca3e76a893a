import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A queue with the split by which its tasks are dealt to revisions. */
export interface TaskQueue {
  readonly queue: TrackId;
  /** Of the order that brought the split. */
  readonly generation: number;
  /** Opaque to the store. */
  readonly split: unknown;
  /** Up to which generation what others left has been moved. */
  readonly moved?: number;
}

/** A split with what the store has to know of it. */
export interface NewSplit extends TaskQueue {
  /** The revisions that get tasks. */
  readonly serving?: readonly RevisionId[];
  /** Which of them takes over what others leave; null when nobody does. */
  readonly heir?: RevisionId | null;
  /** Which revision gets copies of tasks; null when none does. */
  readonly mirrored?: RevisionId | null;
  /** How long tasks stay with revisions that get no more, in ms from when the split is put in force; not at all without. */
  readonly pinMs?: number;
}

/**
 * Puts a split in force: when this returns, no task can come in any more under an older one. One that is not newer than what is
 * there changes nothing.
 *
 * @returns what holds now
 */
export async function putTaskSplit(
  db: Database,
  tenant: string,
  { queue, generation, split, serving = [], heir = null, mirrored = null, pinMs = 0 }: NewSplit,
): Promise<TaskQueue> {
  const newer = (column: string) =>
    sql.raw(
      `case when excluded.generation > task_queues.generation then excluded.${column} else task_queues.${column} end`,
    );
  const { rows } = await sql<TaskQueue>`
    insert into task_queues (tenant, id, generation, split, serving, heir, mirrored, pinned_until)
    values (${tenant}, ${queue}, ${generation}, ${storedJson(split)}::json, ${[...serving]}::text[], ${heir}, ${mirrored},
      clock_timestamp() + ${pinMs}::float8 * interval '1 ms')
    on conflict (tenant, id) do update set
      split = ${newer('split')}, serving = ${newer('serving')}, heir = ${newer('heir')}, mirrored = ${newer('mirrored')},
      pinned_until = ${newer('pinned_until')},
      generation = greatest(task_queues.generation, excluded.generation), updated_at = now()
    returning id as queue, generation, split`.execute(db);
  return rows[0] ?? { queue, generation, split };
}

/** The queue of a track; null when nothing was ever released there. */
export async function taskQueue(db: Database, tenant: string, queue: TrackId): Promise<TaskQueue | null> {
  const { rows } = await sql<TaskQueue>`
    select id as queue, generation, split, moved from task_queues where tenant = ${tenant} and id = ${queue}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Queues in the order of their tracks, after the given one. */
export async function listQueues(
  db: Database,
  tenant: string,
  { after = '', limit }: { readonly after?: string; readonly limit: number },
): Promise<readonly TaskQueue[]> {
  const { rows } = await sql<TaskQueue>`
    select id as queue, generation, split from task_queues where tenant = ${tenant} and id > ${after}
    order by id limit ${limit}`.execute(db);
  return rows;
}

/** How much there is of a revision. */
export interface LineCount {
  readonly revision: string;
  readonly lane: string;
  readonly waiting: number;
  readonly scheduled: number;
  readonly running: number;
  /** Since when the oldest waits; null when none does. */
  readonly oldestAt: number | null;
}

/** Counts what has not ended, by line. */
export async function countLines(
  db: Database,
  tenant: string,
  queue: TrackId,
): Promise<readonly LineCount[]> {
  const { rows } = await sql<LineCount>`
    select revision, lane, count(*) filter (where state = 'waiting')::int as waiting,
      count(*) filter (where state = 'scheduled')::int as scheduled,
      count(*) filter (where state = 'running')::int as running,
      min(created_at) filter (where state = 'waiting') as "oldestAt"
    from tasks where tenant = ${tenant} and queue = ${queue} and ended_at is null
    group by revision, lane order by revision, lane`.execute(db);
  return rows;
}
