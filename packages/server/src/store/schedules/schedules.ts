import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A schedule, and how far it has come. */
export interface ScheduleRow {
  readonly tenant: string;
  readonly queue: TrackId;
  readonly name: string;
  /** Whether a release brought it, or somebody who asked for it. */
  readonly origin: 'file' | 'api';
  /** Opaque to the store. */
  readonly spec: unknown;
  readonly isPaused: boolean;
  /** The next moment that nobody has acted on; null when there is none any more. */
  readonly plannedAt: Instant | null;
  /** A moment that waits for the task of the one before. */
  readonly heldAt: Instant | null;
  /** The last moment that made a task, and the task. */
  readonly firedAt: Instant | null;
  readonly task: string | null;
  /** Why the last moment made none; null when nothing is wrong. */
  readonly failure: string | null;
}

const COLUMNS = `schedules.tenant, schedules.queue, schedules.name, schedules.origin, schedules.spec,
  schedules.is_paused as "isPaused", schedules.planned_at as "plannedAt", schedules.held_at as "heldAt",
  schedules.fired_at as "firedAt", schedules.task, schedules.failure`;

/** Which schedules are read: those after the given one, in the order of tracks and names. */
export interface ScheduleList {
  /** Of one track; of all without. */
  readonly queue?: TrackId;
  readonly after?: { readonly queue: string; readonly name: string };
  readonly limit: number;
}

/** Schedules in the order of their tracks and names. */
export async function listSchedules(
  db: Database,
  tenant: string,
  { queue, after = { queue: '', name: '' }, limit }: ScheduleList,
): Promise<readonly ScheduleRow[]> {
  const { rows } = await sql<ScheduleRow>`
    select ${sql.raw(COLUMNS)} from schedules
    where tenant = ${tenant} and (queue, name) > (${after.queue}, ${after.name})
      ${queue === undefined ? sql`` : sql`and queue = ${queue}`}
    order by queue, name limit ${limit}`.execute(db);
  return rows;
}

/** A schedule; null when there is none of the name. */
export async function findSchedule(
  db: Database,
  tenant: string,
  { queue, name }: Pick<ScheduleRow, 'queue' | 'name'>,
): Promise<ScheduleRow | null> {
  const { rows } = await sql<ScheduleRow>`
    select ${sql.raw(COLUMNS)} from schedules where tenant = ${tenant} and queue = ${queue} and name = ${name}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** How many schedules people have made; those of releases are not counted. */
export async function countSchedules(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly many: number }>`
    select count(*)::int as many from schedules where tenant = ${tenant} and origin = 'api'`.execute(db);
  return rows[0]?.many ?? 0;
}

/** What a schedule is to be. */
export type NewSchedule = Pick<ScheduleRow, 'queue' | 'name' | 'origin' | 'spec' | 'plannedAt'>;

/**
 * Makes a schedule, or changes what it says: then it goes on from `plannedAt`, and nothing waits any more. Whether it is
 * paused stays as it is, and so does everything when it says the same already. What a release has brought is changed by
 * releases alone.
 *
 * @returns the schedule as it is now; null when it is a release's, and this is not
 */
export async function putSchedule(
  db: Database,
  tenant: string,
  { queue, name, origin, spec, plannedAt }: NewSchedule,
): Promise<ScheduleRow | null> {
  const text = storedJson(spec);
  const { rows } = await sql<ScheduleRow>`
    insert into schedules (tenant, queue, name, origin, spec, planned_at)
    values (${tenant}, ${queue}, ${name}, ${origin}, ${text}::json, ${storedInstant(plannedAt)})
    on conflict (tenant, queue, name) do update set origin = excluded.origin, spec = excluded.spec,
      planned_at = case when schedules.spec::text = excluded.spec::text then schedules.planned_at else excluded.planned_at end,
      held_at = case when schedules.spec::text = excluded.spec::text then schedules.held_at end,
      failure = case when schedules.spec::text = excluded.spec::text then schedules.failure end,
      updated_at = now()
    where schedules.origin = 'api' or excluded.origin = 'file'
    returning ${sql.raw(COLUMNS)}`.execute(db);
  return rows[0] ?? null;
}

/** Removes schedules that a release has brought and the present one does not name. */
export async function keepFileSchedules(
  db: Database,
  tenant: string,
  { queue, names }: { readonly queue: TrackId; readonly names: readonly string[] },
): Promise<void> {
  await sql`
    delete from schedules where tenant = ${tenant} and queue = ${queue} and origin = 'file'
      and name <> all(${[...names]}::text[])`.execute(db);
}

/** Removes a schedule; null when there is none of the name. */
export async function removeSchedule(
  db: Database,
  tenant: string,
  { queue, name }: Pick<ScheduleRow, 'queue' | 'name'>,
): Promise<ScheduleRow | null> {
  const { rows } = await sql<ScheduleRow>`
    delete from schedules where tenant = ${tenant} and queue = ${queue} and name = ${name}
    returning ${sql.raw(COLUMNS)}`.execute(db);
  return rows[0] ?? null;
}

/**
 * Lets a schedule rest, or go on from `plannedAt`; one that does that already stays as it is.
 * @returns the schedule as it is now; null when there is none of the name
 */
export async function pauseSchedule(
  db: Database,
  tenant: string,
  change: Pick<ScheduleRow, 'queue' | 'name' | 'isPaused' | 'plannedAt'>,
): Promise<ScheduleRow | null> {
  const { queue, name, isPaused, plannedAt } = change;
  const { rows } = await sql<ScheduleRow>`
    update schedules set is_paused = ${isPaused}, updated_at = now(),
      planned_at = case when is_paused = ${isPaused} then planned_at else ${storedInstant(plannedAt)}::timestamptz end,
      held_at = case when is_paused = ${isPaused} then held_at end
    where tenant = ${tenant} and queue = ${queue} and name = ${name}
    returning ${sql.raw(COLUMNS)}`.execute(db);
  return rows[0] ?? null;
}

/** A schedule with something to do, and what the time is for it. */
export interface DueSchedule extends ScheduleRow {
  /** By the clock of the database, which all servers share. */
  readonly now: Instant;
}

/**
 * Takes schedules that have something to do, of all tenants, so that other servers leave them alone for a while; those first
 * that have waited for longest.
 */
export async function takeDueSchedules(
  db: Database,
  { limit, forMs }: { readonly limit: number; readonly forMs: number },
): Promise<readonly DueSchedule[]> {
  const { rows } = await sql<DueSchedule>`
    with due as materialized (
      select tenant, queue, name from schedules
      where not is_paused and coalesce(held_at, planned_at) <= clock_timestamp()
        and (taken_until is null or taken_until <= clock_timestamp())
      order by coalesce(held_at, planned_at) limit ${limit} for update skip locked)
    update schedules set taken_until = clock_timestamp() + ${forMs}::double precision * interval '1 millisecond'
    from due where (schedules.tenant, schedules.queue, schedules.name) = (due.tenant, due.queue, due.name)
    returning ${sql.raw(COLUMNS)}, clock_timestamp() as now`.execute(db);
  return rows;
}

/** How far a schedule has come. */
export interface ScheduleStep
  extends Pick<
    ScheduleRow,
    'tenant' | 'queue' | 'name' | 'plannedAt' | 'heldAt' | 'firedAt' | 'task' | 'failure'
  > {
  /** Where it stood before; when it stands elsewhere, somebody has changed it and nothing is written. */
  readonly from: Pick<ScheduleRow, 'plannedAt' | 'heldAt'>;
  /** How long it is left alone, in ms: 0 when the next one may look at once. */
  readonly restMs: number;
}

/** Writes down how far a schedule has come. */
export async function stepSchedule(db: Database, step: ScheduleStep): Promise<void> {
  const { tenant, queue, name, from, plannedAt, heldAt, firedAt, task, failure, restMs } = step;
  await sql`
    update schedules set planned_at = ${storedInstant(plannedAt)}, held_at = ${storedInstant(heldAt)},
      fired_at = ${storedInstant(firedAt)}, task = ${task}::uuid,
      failure = ${failure === null ? null : storedText(failure)},
      taken_until = clock_timestamp() + ${restMs}::double precision * interval '1 millisecond'
    where tenant = ${tenant} and queue = ${queue} and name = ${name}
      and planned_at is not distinct from ${storedInstant(from.plannedAt)}::timestamptz
      and held_at is not distinct from ${storedInstant(from.heldAt)}::timestamptz`.execute(db);
}
