import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import { leastId } from './least-id.ts';

/** A revision that was taken back. */
export interface CondemnedRevision {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  /** When its rollout was asked for: no task was dealt to it before. */
  readonly since: Instant;
}

/** The revisions of queues whose last rollout was taken back, and has ended within so many milliseconds. */
export async function condemnedRevisions(
  db: Database,
  tenant: string,
  withinMs: number,
): Promise<readonly CondemnedRevision[]> {
  const { rows } = await sql<CondemnedRevision>`
    select owner.id as queue, latest.candidate as revision, latest.requested_at as since
    from task_queues as owner cross join lateral (
      select candidate, outcome, requested_at, finished_at from rollouts
      where rollouts.tenant = owner.tenant and rollouts.track_id = owner.id order by number desc limit 1) as latest
    where owner.tenant = ${tenant} and latest.outcome = 'rolled-back' and not latest.candidate = any(owner.serving)
      and latest.finished_at > clock_timestamp() - ${withinMs}::double precision * interval '1 millisecond'`.execute(
    db,
  );
  return rows;
}

/** Tasks that failed for good on such a revision and are still of use, at most so many. */
export async function condemnedTasks(
  db: Database,
  tenant: string,
  { queue, revision, since, limit }: CondemnedRevision & { readonly limit: number },
): Promise<readonly { readonly id: string; readonly session: string | null }[]> {
  const { rows } = await sql<{ id: string; session: string | null }>`
    select id, session from tasks
    where tenant = ${tenant} and queue = ${queue} and state = 'dead' and id >= ${leastId(since)}::uuid
      and revision = ${revision} and shadow_of is null
      and (deadline_at is null or deadline_at > clock_timestamp())
    order by id limit ${limit}`.execute(db);
  return rows;
}
