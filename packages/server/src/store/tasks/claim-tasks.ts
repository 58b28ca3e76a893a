import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type RawBuilder, sql } from 'kysely';
import { KEPT } from '../database/kept-statement.ts';
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
  /** The task of which this is a copy, to be compared with it; none where it is none. */
  readonly shadowOf?: string | null;
  readonly deadlineAt: Instant | null;
  readonly createdAt: Instant;
  readonly input: unknown;
  /** Where its line stands now, for `advanceLine`. */
  readonly tag: number;
}

/** For so long a task that is tried again is left to others than who failed with it, in ms; then it is better than nothing. */
const AVOIDED_MS = 500;

/** What may be given to these workers now. */
const free = (workers: readonly string[]): RawBuilder<unknown> => sql`
        and (avoid is null or avoid <> all(${[...workers]}::text[])
          or due_at < clock_timestamp() - ${AVOIDED_MS}::double precision * interval '1 millisecond')`;

/**
 * Leases tasks, those of the workers' own sessions first, then those that are the least ahead of what their line has served.
 * No two claims get the same task while its lease lasts; the attempt counts up, and together with the worker's name is the
 * fence of all that it says later.
 *
 * Whatever the planner believes of the table, which has often just been filled, it has no choice but to walk along one index
 * and to stop: a line, and a session in a line, is a number (see 0011-task-speed.ts), which stands in that index alone; how
 * many are wanted it is not told, as it would else read a line whole that it takes for shorter; and what was locked is
 * written where it lies. A task that somebody has changed at that moment is left to the next claim.
 */
export async function claimTasks(
  db: Database,
  tenant: string,
  claim: TaskClaim,
): Promise<readonly LeasedTask[]> {
  const { queue, revision, abilities, workers, sessions, leaseMs } = claim;
  const limit = workers.length;
  const next = sql`${free([...new Set(workers)])} order by tag limit (select ${limit}::int) for no key update skip locked`;
  const own = sql`own as materialized (
      select head.place, head.tag - line.served as ahead
      from unnest(${[...sessions]}::text[]) as mine (session) cross join lines as line cross join lateral (
        select ctid as place, tag from tasks
        where (case when state = 'waiting' then hashtextextended(session, tasks.line) end) = hashtextextended(mine.session, line.id)
          and session = mine.session
        ${next}) as head
      limit ${limit}),`;
  const ownFirst = sql`select place, ahead, 0 as turn from own union all
    select place, ahead, 1 from head where place not in (select place from own)`;
  const { rows } = await sql<Omit<LeasedTask, 'queue' | 'revision'>>`${KEPT}
    with lines as materialized (
      select id, served from task_lines where tenant = ${tenant} and queue = ${queue} and revision = ${revision}
        and string_to_array(lane, ',') <@ ${[...abilities]}::text[]),
    ${sessions.length === 0 ? sql`` : own}
    head as materialized (
      select head.place, head.tag - line.served as ahead from lines as line cross join lateral (
        select ctid as place, tag from tasks where tasks.line = line.id and state = 'waiting' ${next}) as head),
    found as (${sessions.length === 0 ? sql`select place, ahead, 1 as turn from head` : ownFirst}),
    placed as (select place, row_number() over (order by turn, ahead) as nth from found),
    chosen as materialized (
      select place, name from (select * from placed where nth between 1 and ${limit}) as placed
      join unnest(${[...workers]}::text[]) with ordinality as taker (name, nth) using (nth))
    update tasks set state = 'running', attempt = attempt + 1, worker = chosen.name, started_at = clock_timestamp(),
      lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond'
    from chosen
    where tasks.ctid = chosen.place and tenant is not distinct from ${tenant} and queue = ${queue} and revision = ${revision}
    returning id, lane, attempt, worker, failures, priority, session,
      fairness_key as "fairnessKey", shadow_of as "shadowOf", deadline_at as "deadlineAt",
      floor(date_part('epoch', created_at) * 1000) as "createdAt", input, tag`.execute(db);
  return rows.map((row) => ({ ...row, queue, revision })).toSorted((a, b) => a.tag - b.tag);
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
