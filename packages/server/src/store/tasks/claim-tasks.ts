import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A worker's wish for tasks of one line. */
export interface TaskClaim {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly lane: string;
  readonly worker: string;
  /** What it has served lately: tasks of these sessions come first. */
  readonly sessions: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
}

/** A task in the hands of a worker. */
export interface LeasedTask {
  readonly id: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly attempt: number;
  readonly failures: number;
  readonly priority: number;
  readonly session: string | null;
  readonly fairnessKey: string;
  readonly deadlineAt: Instant | null;
  readonly createdAt: Instant;
  readonly input: unknown;
  /** Where the line stands now, for `advanceLine`. */
  readonly tag: number;
}

/**
 * Leases tasks of one line, those of the worker's own sessions first, then by their tags. No two claims get the same task
 * while its lease lasts; the attempt counts up, and together with the worker's name is the fence of all that it says later.
 */
export async function claimTasks(
  db: Database,
  tenant: string,
  claim: TaskClaim,
): Promise<readonly LeasedTask[]> {
  const { queue, revision, lane, worker, sessions, limit, leaseMs } = claim;
  const line = sql`tenant = ${tenant} and queue = ${queue} and revision = ${revision} and lane = ${lane}
    and state = 'waiting' and avoid is distinct from ${worker}`;
  const own = sql`
    select id from tasks where ${line} and session = any(${[...sessions]}::text[])
    order by tag limit ${limit} for update skip locked`;
  const head = sql`select id from tasks where ${line} order by tag limit ${limit} for update skip locked`;
  const chosen =
    sessions.length === 0
      ? sql`chosen as materialized (${head})`
      : sql`own as materialized (${own}), head as materialized (${head}),
        chosen as materialized (
          select id from (select id, 0 as turn from own union all
            select id, 1 from head where id not in (select id from own)) as both_of_them
          order by turn limit ${limit})`;
  const { rows } = await sql<LeasedTask>`
    with ${chosen}
    update tasks set state = 'running', attempt = attempt + 1, worker = ${worker}, started_at = clock_timestamp(),
      lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond'
    from chosen where tasks.tenant = ${tenant} and tasks.id = chosen.id
    returning tasks.id, queue, revision, attempt, failures, priority, session, fairness_key as "fairnessKey",
      deadline_at as "deadlineAt", created_at as "createdAt", input, tag`.execute(db);
  return rows.toSorted((a, b) => a.tag - b.tag);
}

/** Writes down where a line stands; from there whoever comes anew begins. Seldom and late is good enough. */
export async function advanceLine(
  db: Database,
  tenant: string,
  {
    queue,
    revision,
    lane,
    served,
  }: Pick<TaskClaim, 'queue' | 'revision' | 'lane'> & { readonly served: number },
): Promise<void> {
  await sql`
    update task_lines set served = ${served} where tenant = ${tenant} and queue = ${queue} and revision = ${revision}
      and lane = ${lane} and served < ${served}`.execute(db);
}
