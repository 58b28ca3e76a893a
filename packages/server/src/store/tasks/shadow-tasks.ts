import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A task that has ended, as it would be done again. */
export interface RecordedTask {
  readonly id: string;
  readonly lane: string;
  readonly priority: number;
  readonly fairnessKey: string;
  readonly session: string | null;
  readonly input: unknown;
}

/** The last tasks of a queue that were done, or failed for good; the newest first, and copies are none. */
export async function recordedTasks(
  db: Database,
  tenant: string,
  { queue, limit }: { readonly queue: TrackId; readonly limit: number },
): Promise<readonly RecordedTask[]> {
  const { rows } = await sql<RecordedTask>`
    select id, lane, priority, fairness_key as "fairnessKey", session, input from tasks
    where tenant = ${tenant} and coalesce(queue = ${queue}, false) and shadow_of is null
      and coalesce(state in ('succeeded', 'dead'), false)
    order by id desc limit ${limit}`.execute(db);
  return rows;
}

/** A task and its copy, which have both ended. */
export interface ComparedPair {
  readonly tenant: string;
  readonly queue: TrackId;
  /** Who had the copy. */
  readonly candidate: RevisionId;
  /** Who had the task itself. */
  readonly stable: RevisionId;
  readonly hasCandidateFailed: boolean;
  readonly hasStableFailed: boolean;
  /** Whether both gave the same result; true where one of them gave none. */
  readonly isSame: boolean;
}

/**
 * Takes pairs that have not been compared, at most so many, over all tenants; no two servers take the same. What was cancelled,
 * the task or its copy, is compared with nothing.
 */
export async function comparePairs(db: Database, limit: number): Promise<readonly ComparedPair[]> {
  const { rows } = await sql<ComparedPair>`
    with ended as materialized (
      select copy.tenant, copy.id, original.state as stable_state, original.revision as stable, original.result
      from tasks as copy join tasks as original on original.tenant = copy.tenant and original.id = copy.shadow_of
      where copy.shadow_of is not null and copy.is_compared is null and copy.ended_at is not null
        and copy.state in ('succeeded', 'dead') and original.ended_at is not null
        and original.state in ('succeeded', 'dead')
      order by copy.ended_at limit ${limit} for update of copy skip locked)
    update tasks as copy set is_compared = true from ended where copy.tenant = ended.tenant and copy.id = ended.id
    returning copy.tenant, copy.queue, copy.revision as candidate, stable,
      copy.state = 'dead' as "hasCandidateFailed", stable_state = 'dead' as "hasStableFailed",
      coalesce(copy.result::jsonb = ended.result::jsonb, true) as "isSame"`.execute(db);
  return rows;
}
