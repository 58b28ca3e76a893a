import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { LeasedTask } from './claim-tasks.ts';

/** A line of a revision, and what stands first in it. */
export interface LineHead {
  /** A number of 64 bits, as text. */
  readonly id: string;
  readonly lane: string;
  /** The last tag that was served. */
  readonly served: number;
  /** What makes its tags those of the revision; null while the line is empty. */
  readonly shift: number | null;
  /** Null when nothing waits in it. */
  readonly head: {
    readonly tag: number;
    readonly fairnessKey: string;
    readonly priority: number;
    /** How long it has been possible to give it to somebody, in ms. */
    readonly waitedMs: number;
  } | null;
}

interface LineHeadRow extends Omit<LineHead, 'head'> {
  readonly tag: number | null;
  readonly fairnessKey: string;
  readonly priority: number;
  readonly waitedMs: number;
}

/** The lines of a revision, each with its head. */
export async function readLineHeads(
  db: Database,
  tenant: string,
  { queue, revision }: { readonly queue: TrackId; readonly revision: RevisionId },
): Promise<readonly LineHead[]> {
  const { rows } = await sql<LineHeadRow>`
    select line.id::text as id, line.lane, line.served, line.shift, head.tag, head.fairness_key as "fairnessKey",
      head.priority, extract(epoch from clock_timestamp() - head.since)::double precision * 1000 as "waitedMs"
    from task_lines as line left join lateral (
      select tag, fairness_key, priority, greatest(created_at, due_at) as since from tasks
      where tasks.line = line.id and state = 'waiting' order by tag limit 1) as head on true
    where line.tenant = ${tenant} and line.queue = ${queue} and line.revision = ${revision}`.execute(db);
  return rows.map(({ id, lane, served, shift, tag, fairnessKey, priority, waitedMs }) => ({
    ...{ id, lane, served, shift },
    head: tag === null ? null : { tag, fairnessKey, priority, waitedMs },
  }));
}

/** Whether a revision has several lines, or one that asks for more than abilities and labels. */
export async function hasSpecialLines(
  db: Database,
  tenant: string,
  { queue, revision }: { readonly queue: TrackId; readonly revision: RevisionId },
): Promise<boolean> {
  const { rows } = await sql<{ readonly has: boolean }>`
    select count(*) > 1 or coalesce(bool_or(lane ~ '(^|,)[^A-Za-z0-9]'), false) as has from (
      select lane from task_lines where tenant = ${tenant} and queue = ${queue} and revision = ${revision} limit 2) as lines`.execute(
    db,
  );
  return rows[0]?.has ?? false;
}

/** From which lines tasks are leased, and how many. */
export interface LinesClaim {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly lines: readonly { readonly id: string; readonly shift: number }[];
  /** Who takes them: a name for each task that is wanted at most. */
  readonly workers: readonly string[];
  /** Tasks of these sessions come first. */
  readonly sessions: readonly string[];
  readonly leaseMs: number;
  /** How many of single fairness keys at most; `otherRoom` of any other. */
  readonly rooms: readonly { readonly key: string; readonly room: number }[];
  /** Null for no limit. */
  readonly otherRoom: number | null;
  /** Whether they are counted among what runs within limits. */
  readonly isLimited: boolean;
}

/** A task that was leased, with the line that it stood in. */
export interface TaskOfLine extends LeasedTask {
  readonly line: string;
}

/** As in `claim-tasks.ts`: a task that is tried again is left so long to others than who failed with it, in ms. */
const AVOIDED_MS = 500;
const NO_END = 1_000_000;
/** How much more than its part is read of each line, so that what weighs more gets more already within one claim. */
const MORE = 4;
/** Most places that are looked at for tasks of the workers' own sessions. */
const MOST_SESSION_PLACES = 2_000;

/** How many tasks of each of so many lines are read, for so many that are wanted; there is one at least in each. */
const fromEach = (wanted: number, lines: number): number =>
  Math.min(wanted, Math.max(wanted - lines + 1, Math.ceil((MORE * wanted) / lines)));

/**
 * Leases tasks of some lines, those of the workers' own sessions first, then in the order of their tags as shifted. Of a key
 * without room nothing is read where it has a line of its own; where it shares one, it is passed over. Of two tasks that are to
 * be apart, and would go to one worker at once, the one that says so waits for the next claim.
 */
export async function claimFromLines(
  db: Database,
  tenant: string,
  claim: LinesClaim,
): Promise<readonly TaskOfLine[]> {
  const { queue, revision, lines, workers, leaseMs, rooms, isLimited } = claim;
  const limit = workers.length;
  const sessions = claim.sessions.slice(
    -Math.floor(MOST_SESSION_PLACES / Math.max(1, lines.length)) || claim.sessions.length,
  );
  const otherRoom = claim.otherRoom ?? NO_END;
  const full = rooms.flatMap(({ key, room }) => (room <= 0 ? key : []));
  const free = sql`
        state = 'waiting' and (avoid is null or avoid <> all(${[...workers]}::text[])
          or due_at < clock_timestamp() - ${AVOIDED_MS}::double precision * interval '1 millisecond')
        and fairness_key <> all(${full}::text[])
        and (apart_from is null or not exists (
          select from tasks as other where other.tenant = tasks.tenant and other.id = tasks.apart_from
            and other.worker = any(${[...workers]}::text[])))
      order by tag limit (select ${fromEach(limit, lines.length)}::int) for update skip locked`;
  const { rows } = await sql<TaskOfLine>`
    with lines as materialized (
      select * from unnest(${lines.map(({ id }) => id)}::bigint[],
        ${lines.map(({ shift }) => shift)}::double precision[]) as line (id, shift)),
    own as materialized (
      select head.place, head.tag + line.shift as at, head.fairness_key
      from unnest(${[...sessions]}::text[]) as mine (session) cross join lines as line cross join lateral (
        select ctid as place, tag, fairness_key from tasks
        where hashtextextended(session, tasks.line) = hashtextextended(mine.session, line.id)
          and session = mine.session and ${free}) as head),
    head as materialized (
      select head.place, head.tag + line.shift as at, head.fairness_key from lines as line cross join lateral (
        select ctid as place, tag, fairness_key from tasks where tasks.line = line.id and ${free}) as head),
    found as (
      select place, at, fairness_key, 0 as turn from own
      union all select place, at, fairness_key, 1 from head where place not in (select place from own)),
    within as (
      select place, at, turn, coalesce(rooms.room, ${otherRoom}::int) as room,
        row_number() over (partition by found.fairness_key order by turn, at) as nth_of_key
      from found left join unnest(${rooms.map(({ key }) => key)}::text[], ${rooms.map(({ room }) => room)}::int[])
        as rooms (key, room) on rooms.key = found.fairness_key),
    chosen as materialized (
      select place, (${[...workers]}::text[])[nth] as worker
      from (select place, row_number() over (order by turn, at) as nth from within where nth_of_key <= room) as placed
      where nth <= ${limit})
    update tasks set state = 'running', attempt = attempt + 1, worker = chosen.worker, started_at = clock_timestamp(),
      is_limited = ${isLimited}, lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond'
    from chosen
    where tasks.ctid = chosen.place and tenant is not distinct from ${tenant} and queue = ${queue} and revision = ${revision}
      and (apart_from is null or not exists (
        select from chosen as beside join tasks as other on other.ctid = beside.place
        where beside.worker = chosen.worker and other.tenant = tasks.tenant and other.id = tasks.apart_from))
    returning tasks.id, queue, revision, lane, attempt, tasks.worker, failures, priority, session,
      fairness_key as "fairnessKey", shadow_of as "shadowOf", deadline_at as "deadlineAt",
      created_at as "createdAt", input, tag,
      line::text as line`.execute(db);
  return rows.toSorted((a, b) => a.tag - b.tag);
}

/** Where lines stand now. */
export interface LinePlace {
  readonly id: string;
  /** The last tag that was served; what is less than before changes nothing. */
  readonly served: number;
  readonly shift: number | null;
}

/** Writes down where lines of a revision stand. */
export async function placeLines(
  db: Database,
  tenant: string,
  of: { readonly queue: TrackId; readonly revision: RevisionId; readonly lines: readonly LinePlace[] },
): Promise<void> {
  const { queue, revision, lines } = of;
  if (lines.length === 0) return;
  await sql`
    update task_lines set served = greatest(task_lines.served, placed.served), shift = placed.shift
    from (select * from unnest(${lines.map(({ id }) => id)}::bigint[],
      ${lines.map(({ served }) => served)}::double precision[],
      ${lines.map(({ shift }) => shift)}::double precision[]) as placed (id, served, shift)) as placed
    where tenant = ${tenant} and queue = ${queue} and revision = ${revision} and task_lines.id = placed.id`.execute(
    db,
  );
}
