import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** What came of the attempts of one revision that ended in one second, as one server saw it. */
export interface OutcomeSecond {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  /** The moment at which it begins. */
  readonly second: Instant;
  readonly attempts: number;
  readonly failures: number;
  /** Opaque to the store. */
  readonly latency: unknown;
  readonly counts: unknown;
}

/** Writes seconds whole; one that was written before by the same holder is replaced. */
export async function putOutcomes(
  db: Database,
  tenant: string,
  holder: string,
  seconds: readonly OutcomeSecond[],
): Promise<void> {
  const column = <Value>(of: (second: OutcomeSecond) => Value): Value[] => seconds.map(of);
  await sql`
    insert into task_outcomes (tenant, holder, queue, revision, second, attempts, failures, latency, counts)
    select ${tenant}, ${holder}, queue, revision, second, attempts, failures, latency::json, counts::json
    from unnest(${column(({ queue }) => queue)}::text[], ${column(({ revision }) => revision)}::text[],
      ${column(({ second }) => storedInstant(second))}::timestamptz[], ${column(({ attempts }) => attempts)}::int[],
      ${column(({ failures }) => failures)}::int[], ${column(({ latency }) => storedJson(latency))}::text[],
      ${column(({ counts }) => storedJson(counts))}::text[]
    ) as seen (queue, revision, second, attempts, failures, latency, counts)
    on conflict (tenant, queue, second, revision, holder) do update set attempts = excluded.attempts,
      failures = excluded.failures, latency = excluded.latency, counts = excluded.counts`.execute(db);
}

/** The seconds of a queue from `since` on and before `until`, in their order; one for each server and revision. */
export async function listOutcomes(
  db: Database,
  tenant: string,
  { queue, since, until }: { readonly queue: TrackId; readonly since: Instant; readonly until: Instant },
): Promise<readonly OutcomeSecond[]> {
  const { rows } = await sql<OutcomeSecond>`
    select queue, revision, second, attempts, failures, latency, counts from task_outcomes
    where tenant = ${tenant} and queue = ${queue} and second >= ${timestamp(since)} and second < ${timestamp(until)}
    order by second`.execute(db);
  return rows;
}
