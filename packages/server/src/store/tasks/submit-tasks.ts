import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type RawBuilder, sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import { KEPT } from '../database/kept-statement.ts';
import type { Database } from '../database/open-database.ts';

/** A task that comes in; everything about it is decided but its place in its line. */
export interface NewTask {
  /** A UUID of version 7, so that ids go with time. */
  readonly id: string;
  readonly revision: RevisionId;
  readonly lane: string;
  /** 0 to 9. */
  readonly priority: number;
  readonly fairnessKey: string;
  /** `flowWeight` of its key and priority. */
  readonly weight: number;
  readonly session: string | null;
  /** It does not go to the worker that had this task last; null for any. */
  readonly apartFrom?: string | null;
  readonly dueAt: Instant | null;
  readonly deadlineAt: Instant | null;
  readonly idempotencyKey: string | null;
  /** The task of which this is a copy, to be compared with it; none without. */
  readonly shadowOf?: string | null;
  readonly input: unknown;
}

/** What became of a submit: all of it is there, or nothing because the split has changed meanwhile. */
export type Submitted = readonly { readonly id: string; readonly isNew: boolean }[] | 'split-changed';

interface SubmittedRow {
  readonly place: number;
  readonly id: string;
  readonly is_new: boolean;
}

/** Up to so many the same plan is good for all; for more it depends on how many. */
const FEW = 20;

/** Tasks whose keys are known already, or come twice: which one answers for them. */
const known = (tenant: string): RawBuilder<unknown> => sql`known as materialized (
      select named.place, coalesce(present.id, named.first) as id
      from (
        select place, id, key, queue, first_value(id) over (partition by key order by place) as first
        from asked where key is not null) as named
      left join lateral (
        select id from tasks where idempotency_key = named.key and tasks.queue = named.queue
          and tenant is not distinct from ${tenant} limit 1) as present on true
      where present.id is not null or named.first <> named.id),`;

/**
 * Takes tasks into a queue under the split that they were dealt by, in their order, with tags of their flows. A task with an
 * idempotency key that is known already is not taken again: its first one answers.
 *
 * @param generation of the split; when another one is in force nothing is written
 */
export async function submitTasks(
  db: Database,
  tenant: string,
  {
    queue,
    generation,
    tasks,
  }: { readonly queue: TrackId; readonly generation: number; readonly tasks: readonly NewTask[] },
): Promise<Submitted> {
  const column = <Value>(of: (task: NewTask) => Value): Value[] => tasks.map(of);
  const hasKeys = tasks.some(({ idempotencyKey }) => idempotencyKey !== null);
  const { rows } = await sql<SubmittedRow>`${tasks.length <= FEW ? KEPT : sql``}
    with in_force as materialized (
      select id from task_queues where tenant = ${tenant} and id = ${queue} and generation = ${generation} for share),
    asked as materialized (
      select asked.*, in_force.id as queue from in_force, unnest(
        ${column(({ id }) => id)}::uuid[], ${column(({ revision }) => revision)}::text[],
        ${column(({ lane }) => lane)}::text[], ${column(({ priority }) => priority)}::smallint[],
        ${column(({ fairnessKey }) => fairnessKey)}::text[], ${column(({ weight }) => weight)}::double precision[],
        ${column(({ session }) => session)}::text[], ${column(({ dueAt }) => storedInstant(dueAt))}::timestamptz[],
        ${column(({ deadlineAt }) => storedInstant(deadlineAt))}::timestamptz[],
        ${column(({ idempotencyKey }) => idempotencyKey)}::text[], ${column(({ input }) => storedJson(input))}::text[],
        ${column(({ apartFrom = null }) => apartFrom)}::uuid[], ${column(({ shadowOf = null }) => shadowOf)}::uuid[]
      ) with ordinality as asked (id, revision, lane, priority, fairness_key, weight, session, due_at, deadline_at, key, input,
        apart_from, shadow_of, place)),
    ${hasKeys ? known(tenant) : sql``}
    fresh as materialized (
      select asked.*, row_number() over flow as nth, count(*) over (partition by revision, lane, fairness_key, priority) as many
      from asked ${hasKeys ? sql`where not exists (select from known where known.place = asked.place)` : sql``}
      window flow as (partition by revision, lane, fairness_key, priority order by place)),
    lines as (
      insert into task_lines (tenant, queue, revision, lane)
      select distinct ${tenant}, ${queue}::text, revision, lane from fresh order by revision, lane
      on conflict do nothing),
    flows as (
      insert into task_flows as flows (tenant, queue, revision, lane, fairness_key, priority, last)
      select ${tenant}, ${queue}::text, fresh.revision, fresh.lane, fairness_key, priority,
        coalesce(max(line.served), 0) + max(many) / max(weight)
      from fresh left join task_lines as line
        on line.tenant = ${tenant} and line.queue = ${queue} and line.revision = fresh.revision and line.lane = fresh.lane
      group by fresh.revision, fresh.lane, fairness_key, priority
      order by fresh.revision, fresh.lane, fairness_key, priority
      on conflict (tenant, queue, revision, lane, fairness_key, priority) do update
        set last = greatest(excluded.last, flows.last + excluded.last - coalesce((
          select line.served from task_lines as line where line.tenant = flows.tenant and line.queue = flows.queue
            and line.revision = flows.revision and line.lane = flows.lane), 0))
      returning revision, lane, fairness_key, priority, last),
    written as (
      insert into tasks (tenant, id, queue, revision, lane, state, tag, priority, fairness_key, session, due_at, deadline_at,
        idempotency_key, input, apart_from, shadow_of)
      select ${tenant}, id, ${queue}::text, revision, lane, case when due_at > clock_timestamp() then 'scheduled' else 'waiting' end,
        flows.last - (many - nth) / weight, priority, fairness_key, session, due_at, deadline_at, key, input::json,
        apart_from, shadow_of
      from fresh join flows using (revision, lane, fairness_key, priority)
      on conflict do nothing
      returning id)
    select place::int, fresh.id, written.id is not null as is_new from fresh left join written using (id)
    ${hasKeys ? sql`union all select place::int, id, false from known` : sql``}
    order by place`.execute(db);
  if (rows.length === 0 && tasks.length > 0) return 'split-changed';
  return answered(db, tenant, queue, tasks, rows);
}

/** Where somebody else took a task of the same key at the same moment, that one answers. */
async function answered(
  db: Database,
  tenant: string,
  queue: TrackId,
  tasks: readonly NewTask[],
  rows: readonly SubmittedRow[],
): Promise<Submitted> {
  const ours = new Set(tasks.map(({ id }) => id));
  const keyOf = ({ place }: SubmittedRow): string | null => tasks[place - 1]?.idempotencyKey ?? null;
  const passedBy = rows.filter((row) => !row.is_new && ours.has(row.id) && keyOf(row) !== null);
  if (passedBy.length === 0) return rows.map(({ id, is_new: isNew }) => ({ id, isNew }));
  const { rows: found } = await sql<{ readonly key: string; readonly id: string }>`
    select idempotency_key as key, id from tasks where tenant = ${tenant} and queue = ${queue}
      and idempotency_key = any(${passedBy.map(keyOf)}::text[])`.execute(db);
  const first = new Map(found.map(({ key, id }) => [key, id]));
  return rows.map((row) => ({ id: first.get(keyOf(row) ?? '') ?? row.id, isNew: row.is_new }));
}
