import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** Something that was told of a task while it was worked on. */
export interface NewTaskEvent {
  readonly task: string;
  readonly attempt: number;
  readonly at: Instant;
  readonly kind: string;
  /** Opaque JSON. */
  readonly body: unknown;
}

/** An event as it is kept; sequences of one task grow, and have gaps. */
export interface TaskEventRow extends NewTaskEvent {
  readonly sequence: number;
}

/** Keeps events in the order in which they are given. */
export async function appendTaskEvents(
  db: Database,
  tenant: string,
  events: readonly NewTaskEvent[],
): Promise<void> {
  const column = <Value>(of: (event: NewTaskEvent) => Value): Value[] => events.map(of);
  await sql`
    insert into task_events (tenant, task, attempt, at, kind, body)
    select ${tenant}, task, attempt, at, kind, body::json from unnest(
      ${column(({ task }) => task)}::uuid[], ${column(({ attempt }) => attempt)}::int[],
      ${column(({ at }) => new Date(at))}::timestamptz[], ${column(({ kind }) => kind)}::text[],
      ${column(({ body }) => storedJson(body))}::text[]) with ordinality as told (task, attempt, at, kind, body, place)
    order by place`.execute(db);
}

/** From where on the events of a task are read. */
export interface EventsAfter {
  readonly task: string;
  readonly after: number;
}

/** The events of tasks that come after the given ones, at most so many of each task, in order. */
export async function readTaskEvents(
  db: Database,
  tenant: string,
  wanted: readonly EventsAfter[],
  limit: number,
): Promise<readonly TaskEventRow[]> {
  const { rows } = await sql<TaskEventRow>`
    select event.* from unnest(${wanted.map(({ task }) => task)}::uuid[], ${wanted.map(({ after }) => after)}::bigint[])
      as wanted (task, after) cross join lateral (
      select task, sequence, attempt, at, kind, body from task_events
      where tenant = ${tenant} and task = wanted.task and sequence > wanted.after
      order by sequence limit ${limit}) as event
    order by event.task, event.sequence`.execute(db);
  return rows;
}

/** Removes events of long ago, over all tenants. */
export async function deleteOldTaskEvents(
  db: Database,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from task_events where ctid = any(array(
      select ctid from task_events where at < ${timestamp(before)} limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}
