import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type RawBuilder, sql } from 'kysely';
import { addedUp, storedInstant, storedJson } from '../database/column-values.ts';
import { KEPT } from '../database/kept-statement.ts';
import type { Database } from '../database/open-database.ts';
import type { TaskFailure } from './task-row.ts';

/** Who speaks of a task: nobody else's word counts, and not once the lease has ended. */
export interface LeaseFence {
  readonly id: string;
  readonly attempt: number;
  readonly worker: string;
}

/** A lease that holds, with what whoever takes it up has to know of its attempt. */
export interface HeldLease {
  readonly id: string;
  readonly attempt: number;
  /** How often the task has failed before. */
  readonly failures: number;
  readonly session: string | null;
  readonly deadlineAt: Instant | null;
  /** When the attempt began. */
  readonly startedAt: Instant;
}

/** How an attempt ended, and what it cost in millionths of the component's currency; nothing without. */
export type TaskEnd = LeaseFence & { readonly costMicros?: number } & (
    | { readonly state: 'succeeded'; readonly result: unknown }
    | { readonly state: 'scheduled'; readonly failure: TaskFailure; readonly dueAt: Instant }
    | { readonly state: 'dead'; readonly failure: TaskFailure }
    /** Given back unharmed. */
    | { readonly state: 'waiting' }
  );

/**
 * The leases that hold, of those that are spoken of, and where they lie. Rows are locked in the order of their ids: two
 * statements that have several of them in common would otherwise wait for each other.
 *
 * Each is found by its key, whatever the planner believes of the table, which has often just been filled: the tenant is no
 * constant to it, so that all rows of the tenant are no choice; what runs has a lease and nothing else has, so that the state
 * need not be asked for, nor its index be read from end to end; and that the ids are the same is said twice, as it takes the
 * second time for a sign that there are few.
 */
const held = (spoken: 'ended' | 'said', lease: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    held as materialized (
      select spoken.*, lease.place, lease.failures, lease.session, lease.deadline_at, lease.started_at
      from ${sql.raw(spoken)} as spoken cross join lateral (
        select id, ctid as place, failures, session, deadline_at, started_at from tasks
        where tenant = spoken.tenant and id = spoken.id and attempt = spoken.attempt and worker = spoken.worker and ${lease}
        for update) as lease
      where lease.id = spoken.id)`;

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
  const written = new Set<string>();
  for (let left = ends; left.length > 0; ) {
    const told = await settleOnce(db, tenant, left, isOverdue);
    for (const id of told.written) written.add(id);
    // What holds and was not written was made longer at the same moment, and lies elsewhere now.
    const moved = told.written.length === told.held.length ? [] : told.held.filter((id) => !written.has(id));
    left = moved.length === 0 ? [] : left.filter(({ id }) => moved.includes(id));
  }
  return written;
}

/** The leases that held, and those whose end was written. */
interface Settled {
  readonly held: readonly string[];
  readonly written: readonly string[];
}

async function settleOnce(
  db: Database,
  tenant: string,
  ends: readonly TaskEnd[],
  isOverdue: boolean,
): Promise<Settled> {
  const column = <Value>(of: (end: TaskEnd) => Value): Value[] => ends.map(of);
  const lease = isOverdue ? sql`lease_until <= clock_timestamp()` : sql`lease_until > clock_timestamp()`;
  const { rows } = await sql<{ readonly held: string | null; readonly written: string | null }>`${KEPT}
    with ended as materialized (
      select ${tenant}::text as tenant, * from unnest(
        ${column(({ id }) => id)}::uuid[], ${column(({ attempt }) => attempt)}::int[],
        ${column(({ worker }) => worker)}::text[], ${column(({ state }) => state)}::text[],
        ${column((end) => (end.state === 'succeeded' ? storedJson(end.result) : null))}::text[],
        ${column((end) => ('failure' in end ? storedJson(end.failure) : null))}::text[],
        ${column((end) => storedInstant('dueAt' in end ? end.dueAt : null))}::timestamptz[],
        ${column(({ costMicros = 0 }) => costMicros)}::bigint[]
      ) as ended (id, attempt, worker, state, result, failure, due_at, cost) order by id),
    ${held('ended', lease)},
    written as (
      update tasks set state = held.state, result = held.result::json,
        failure = coalesce(held.failure::json, tasks.failure), due_at = held.due_at,
        cost_micros = ${addedUp(sql`tasks.cost_micros`, sql`held.cost`)}, failures = tasks.failures + (held.failure is not null)::int, lease_until = null,
        avoid = case when held.state = 'scheduled' then tasks.worker end,
        ended_at = case when held.state in ('succeeded', 'dead') then clock_timestamp() end
      from held where tasks.ctid = held.place
      returning tasks.id)
    select (select string_agg(id::text, ',') from held) as held, (select string_agg(id::text, ',') from written) as written`.execute(
    db,
  );
  // One row with all of them: a row for each costs as much as half of writing it.
  const idsIn = (text: string | null | undefined): readonly string[] => text?.split(',') ?? [];
  return { held: idsIn(rows[0]?.held), written: idsIn(rows[0]?.written) };
}

/**
 * Makes leases last longer, also such as have ended while nobody was there to hear of their workers, as long as nobody has called
 * them lost.
 * @returns by id, those that still hold; whoever works on another one has to stop
 */
export async function extendLeases(
  db: Database,
  tenant: string,
  leases: readonly LeaseFence[],
  leaseMs: number,
): Promise<ReadonlyMap<string, HeldLease>> {
  // One that is not found where it was locked has been made longer by another server at the same moment.
  const { rows } = await sql<HeldLease>`${KEPT}
    with said as materialized (
      select ${tenant}::text as tenant, * from unnest(
        ${leases.map(({ id }) => id)}::uuid[], ${leases.map(({ attempt }) => attempt)}::int[],
        ${leases.map(({ worker }) => worker)}::text[]) as said (id, attempt, worker) order by id),
    ${held('said', sql`lease_until is not null`)},
    longer as (
      update tasks set lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond'
      from held where tasks.ctid = held.place)
    select id, attempt, failures, session, deadline_at as "deadlineAt", started_at as "startedAt" from held`.execute(
    db,
  );
  return new Map(rows.map((lease) => [lease.id, lease]));
}
