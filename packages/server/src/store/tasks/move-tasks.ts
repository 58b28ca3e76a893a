import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import { enterLines } from './enter-lines.ts';

/** Tasks of one statement. */
const BATCH = 1_000;

/** What of a queue moves. */
export interface TaskMove {
  readonly queue: TrackId;
  /** What others work on moves as well, whose workers are then told to stop; else only what nobody has. */
  readonly running: boolean;
  /** Of the split by which it moves; nothing is noted when another one is in force by then. */
  readonly generation: number;
}

/**
 * Moves tasks that stand with a revision that gets none any more, by the split in force, to the one that takes over, unless they
 * are pinned. What is set aside for a moment or for other tasks stays so there. Gives how many moved.
 */
export async function moveTasks(
  db: Database,
  tenant: string,
  { queue, running, generation }: TaskMove,
): Promise<number> {
  const kinds = [
    { state: sql`'waiting'`, becomes: sql`'waiting'` },
    { state: sql`'scheduled'`, becomes: sql`'scheduled'` },
    { state: sql`'blocked'`, becomes: sql`'blocked'` },
    ...(running ? [{ state: sql`'running'`, becomes: sql`'waiting'` }] : []),
  ];
  await dropShadows(db, tenant, queue);
  let moved = 0;
  for (const kind of kinds)
    for (let count = BATCH; count === BATCH; moved += count) count = await moveBatch(db, tenant, queue, kind);
  await sql`
    update task_queues set moved = generation
    where tenant = ${tenant} and id = ${queue} and generation = ${generation}`.execute(db);
  return moved;
}

/** Copies for a revision that gets none any more end without a result: nobody waits for one. */
async function dropShadows(db: Database, tenant: string, queue: TrackId): Promise<void> {
  for (let count = BATCH; count === BATCH; ) {
    const { rows } = await sql`
      with in_force as materialized (
        select coalesce(mirrored, '') as mirrored from task_queues where tenant = ${tenant} and id = ${queue} for share),
      taken as materialized (
        select ctid as place from tasks, in_force
        where tenant = ${tenant} and queue = ${queue} and shadow_of is not null and ended_at is null
          and revision <> mirrored
        limit ${BATCH} for update of tasks skip locked)
      update tasks set state = 'cancelled', ended_at = clock_timestamp(), lease_until = null
      from taken where tasks.ctid = taken.place returning 1`.execute(db);
    count = rows.length;
  }
}

/** States are written out, so that the index of what is in one can be used. */
interface Kind {
  readonly state: RawBuilder<unknown>;
  readonly becomes: RawBuilder<unknown>;
}

/** The split is locked, so that no other one can be put in force between the look and the move. */
async function moveBatch(
  db: Database,
  tenant: string,
  queue: TrackId,
  { state, becomes }: Kind,
): Promise<number> {
  const { lines, tag } = enterLines(tenant, queue);
  const { rows } = await sql`
    with in_force as materialized (
      select serving, heir from task_queues
      where tenant = ${tenant} and id = ${queue} and heir is not null and pinned_until <= clock_timestamp() for share),
    left_alone as materialized (
      select line.id, line.lane, heir from task_lines as line, in_force
      where tenant = ${tenant} and queue = ${queue} and line.revision <> all(serving)),
    taken as materialized (
      select mine.place, lane, heir as revision from left_alone cross join lateral (
        select ctid as place from tasks
        where tasks.line = left_alone.id and tasks.state = ${state} and shadow_of is null
        limit ${BATCH} for update skip locked) as mine
      limit ${BATCH}),
    ${lines}
    update tasks set revision = taken.revision, state = ${becomes}, lease_until = null, tag = ${tag}
    from taken where tasks.ctid = taken.place returning 1`.execute(db);
  return rows.length;
}

/**
 * Moves what has come back to a revision that gets no tasks any more, at most so many: retries that were due, what its last
 * workers have lost or given back, and what was pinned to it until now. Goes over all tenants, as any server does it for all; gives how many moved.
 */
export async function moveStrays(db: Database, limit: number): Promise<number> {
  const { rows } = await sql`
    with taken as materialized (
      select line.tenant, line.queue, mine.place, line.lane, owner.heir as revision
      from task_queues as owner
      join task_lines as line on line.tenant = owner.tenant and line.queue = owner.id
        and line.revision <> all(owner.serving)
      cross join lateral (
        select ctid as place from tasks
        where tasks.line = line.id and tasks.state = 'waiting' and shadow_of is null
        limit ${limit} for update skip locked) as mine
      where owner.heir is not null and owner.pinned_until <= clock_timestamp() limit ${limit} for share of owner),
    lines as (
      insert into task_lines (tenant, queue, revision, lane)
      select distinct tenant, queue, revision, lane from taken order by tenant, queue, revision, lane
      on conflict do nothing)
    update tasks set revision = taken.revision, tag = coalesce((
      select served from task_lines as line where line.tenant = taken.tenant and line.queue = taken.queue
        and line.revision = taken.revision and line.lane = taken.lane), 0)
    from taken where tasks.ctid = taken.place returning 1`.execute(db);
  return rows.length;
}

/** Whether a revision that gets no tasks any more has some that are pinned to it, and is needed for them. */
export async function hasPinned(
  db: Database,
  tenant: string,
  { queue, revision }: { readonly queue: TrackId; readonly revision: RevisionId },
): Promise<boolean> {
  const { rows } = await sql`
    select from task_queues where tenant = ${tenant} and id = ${queue} and pinned_until > clock_timestamp()
      and exists (
        select from tasks where tasks.tenant = ${tenant} and tasks.queue = ${queue} and tasks.revision = ${revision}
          and ended_at is null and shadow_of is null)`.execute(db);
  return rows.length > 0;
}

/**
 * Forgets lines of revisions that get no tasks any more and have none, at most so many. The split is locked against submits,
 * redrives and moves, so that none of them counts on a line that goes.
 */
export async function deleteDeadLines(db: Database, limit: number): Promise<number> {
  const has = (state: RawBuilder<unknown>) => sql`exists (
    select from tasks where tasks.tenant = line.tenant and tasks.queue = line.queue
      and tasks.revision = line.revision and tasks.state = ${state})`;
  const { rows } = await sql`
    with dead as materialized (
      select line.tenant, line.queue, line.revision, line.lane
      from task_queues as owner
      join task_lines as line on line.tenant = owner.tenant and line.queue = owner.id
        and line.revision <> all(owner.serving)
      where owner.heir is not null and not exists (
          select from tasks where tasks.line = line.id and tasks.state = 'waiting')
        and not ${has(sql`'scheduled'`)} and not ${has(sql`'blocked'`)} and not ${has(sql`'running'`)}
      limit ${limit} for update of owner skip locked),
    flows as (
      delete from task_flows as flow using dead where flow.tenant = dead.tenant and flow.queue = dead.queue
        and flow.revision = dead.revision and flow.lane = dead.lane)
    delete from task_lines as line using dead where line.tenant = dead.tenant and line.queue = dead.queue
      and line.revision = dead.revision and line.lane = dead.lane
    returning 1`.execute(db);
  return rows.length;
}
