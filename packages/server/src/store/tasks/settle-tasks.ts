import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type RawBuilder, sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { TaskFailure } from './task-row.ts';

/** Who speaks of a task: nobody else's word counts, and not once the lease has ended. */
export interface LeaseFence {
  readonly id: string;
  readonly attempt: number;
  readonly worker: string;
}

/** How an attempt ended. */
export type TaskEnd = LeaseFence &
  (
    | { readonly state: 'succeeded'; readonly result: unknown }
    | { readonly state: 'scheduled'; readonly failure: TaskFailure; readonly dueAt: Instant }
    | { readonly state: 'dead'; readonly failure: TaskFailure }
    /** Given back unharmed. */
    | { readonly state: 'waiting' }
  );

/**
 * The leases that hold, of those that are spoken of. Their rows are locked in the order of their ids: two statements that
 * have several of them in common would otherwise wait for each other.
 */
const held = (
  spoken: 'ended' | 'said',
  tenant: string,
  lease: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`
    held as materialized (
      select tasks.id from ${sql.raw(spoken)} as spoken join tasks using (id)
      where tasks.tenant = ${tenant} and tasks.attempt = spoken.attempt and tasks.worker = spoken.worker
        and tasks.state = 'running' and ${lease}
      order by tasks.id for update of tasks)`;

/**
 * Ends leases, each with what came of it; of those that do not hold any more nothing is written.
 *
 * @param isOverdue the lease has ended and this says so, instead of the worker
 * @returns the ids of those that were written
 */
export async function settleTasks(
  db: Database,
  tenant: string,
  ends: readonly TaskEnd[],
  { isOverdue = false } = {},
): Promise<ReadonlySet<string>> {
  const column = <Value>(of: (end: TaskEnd) => Value): Value[] => ends.map(of);
  const lease = isOverdue ? sql`lease_until <= clock_timestamp()` : sql`lease_until > clock_timestamp()`;
  const { rows } = await sql<{ readonly id: string }>`
    with ended as materialized (
      select * from unnest(
        ${column(({ id }) => id)}::uuid[], ${column(({ attempt }) => attempt)}::int[],
        ${column(({ worker }) => worker)}::text[], ${column(({ state }) => state)}::text[],
        ${column((end) => (end.state === 'succeeded' ? storedJson(end.result) : null))}::text[],
        ${column((end) => ('failure' in end ? storedJson(end.failure) : null))}::text[],
        ${column((end) => storedInstant('dueAt' in end ? end.dueAt : null))}::timestamptz[]
      ) as ended (id, attempt, worker, state, result, failure, due_at)),
    ${held('ended', tenant, lease)}
    update tasks set state = ended.state, result = ended.result::json,
      failure = coalesce(ended.failure::json, tasks.failure), due_at = ended.due_at,
      failures = tasks.failures + (ended.failure is not null)::int, lease_until = null,
      avoid = case when ended.state = 'scheduled' then tasks.worker end,
      ended_at = case when ended.state in ('succeeded', 'dead') then clock_timestamp() end
    from ended join held using (id) where tasks.tenant = ${tenant} and tasks.id = held.id
    returning tasks.id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Makes leases last longer.
 * @returns the ids of those that still hold; whoever works on another one has to stop
 */
export async function extendLeases(
  db: Database,
  tenant: string,
  leases: readonly LeaseFence[],
  leaseMs: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly id: string }>`
    with said as materialized (
      select * from unnest(${leases.map(({ id }) => id)}::uuid[], ${leases.map(({ attempt }) => attempt)}::int[],
        ${leases.map(({ worker }) => worker)}::text[]) as said (id, attempt, worker)),
    ${held('said', tenant, sql`lease_until > clock_timestamp()`)}
    update tasks set lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond'
    from held where tasks.tenant = ${tenant} and tasks.id = held.id
    returning tasks.id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
