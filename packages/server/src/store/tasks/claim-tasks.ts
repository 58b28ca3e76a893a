import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A wish for tasks of one revision, by workers that can do the same. */
export interface TaskClaim {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  /** What they can do: a task that asks for anything else is left to others. */
  readonly abilities: readonly string[];
  /** Who takes them: a name for each task that is wanted at most, so that one may stand there several times. */
  readonly workers: readonly string[];
  /** What they have served lately: tasks of these sessions come first. */
  readonly sessions: readonly string[];
  readonly leaseMs: number;
}

/** A task in the hands of a worker. */
export interface LeasedTask {
  readonly id: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly lane: string;
  readonly attempt: number;
  readonly worker: string;
  readonly failures: number;
  readonly priority: number;
  readonly session: string | null;
  readonly fairnessKey: string;
  readonly deadlineAt: Instant | null;
  readonly createdAt: Instant;
  readonly input: unknown;
  /** Where its line stands now, for `advanceLine`. */
  readonly tag: number;
}

/** For so long a task that is tried again is left to others than who failed with it, in ms; then it is better than nothing. */
const AVOIDED_MS = 500;

/**
 * Leases tasks, those of the workers' own sessions first, then those that are the least ahead of what their line has served.
 * No two claims get the same task while its lease lasts; the attempt counts up, and together with the worker's name is the
 * fence of all that it says later.
 */
export async function claimTasks(
  db: Database,
  tenant: string,
  claim: TaskClaim,
): Promise<readonly LeasedTask[]> {
  const { queue, revision, abilities, workers, sessions, leaseMs } = claim;
  const limit = workers.length;
  const heads = (which: RawBuilder<unknown>) => sql`
    select head.id, head.tag - line.served as ahead from lines as line cross join lateral (
      select id, tag from tasks
      where tenant = ${tenant} and queue = ${queue} and revision = ${revision} and lane = line.lane and state = 'waiting'
        and (avoid is null or avoid <> all(${[...workers]}::text[])
          or due_at < clock_timestamp() - ${AVOIDED_MS}::double precision * interval '1 millisecond') ${which}
      order by tag limit ${limit} for update skip locked) as head`;
  const own = sql`own as materialized (${heads(sql`and session = any(${[...sessions]}::text[])`)}),`;
  const ownFirst = sql`select id, ahead, 0 as turn from own union all
    select id, ahead, 1 from head where id not in (select id from own)`;
  const { rows } = await sql<LeasedTask>`
    with lines as materialized (
      select lane, served from task_lines where tenant = ${tenant} and queue = ${queue} and revision = ${revision}
        and string_to_array(lane, ',') <@ ${[...abilities]}::text[]),
    ${sessions.length === 0 ? sql`` : own}
    head as materialized (${heads(sql``)}),
    found as (${sessions.length === 0 ? sql`select id, ahead, 1 as turn from head` : ownFirst}),
    chosen as materialized (
      select id, taker.name from (select id, row_number() over (order by turn, ahead) as place from found) as placed
      join unnest(${[...workers]}::text[]) with ordinality as taker (name, place) using (place))
    update tasks set state = 'running', attempt = attempt + 1, worker = chosen.name, started_at = clock_timestamp(),
      lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond'
    from chosen where tasks.tenant = ${tenant} and tasks.id = chosen.id
    returning tasks.id, queue, revision, lane, attempt, worker, failures, priority, session,
      fairness_key as "fairnessKey", deadline_at as "deadlineAt", created_at as "createdAt", input, tag`.execute(
    db,
  );
  return rows.toSorted((a, b) => a.tag - b.tag);
}

/** Writes down where a line stands; from there whoever comes anew begins. Seldom and late is good enough. */
export async function advanceLine(
  db: Database,
  tenant: string,
  { queue, revision, lane, tag }: Pick<LeasedTask, 'queue' | 'revision' | 'lane' | 'tag'>,
): Promise<void> {
  await sql`
    update task_lines set served = ${tag} where tenant = ${tenant} and queue = ${queue} and revision = ${revision}
      and lane = ${lane} and served < ${tag}`.execute(db);
}
