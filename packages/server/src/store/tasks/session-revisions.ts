import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Which revision each session's last task was dealt to; sessions without a task are missing. */
export async function sessionRevisions(
  db: Database,
  tenant: string,
  { queue, sessions }: { readonly queue: TrackId; readonly sessions: readonly string[] },
): Promise<ReadonlyMap<string, RevisionId>> {
  const { rows } = await sql<{ readonly session: string; readonly revision: RevisionId }>`
    select mine.session, latest.revision
    from unnest(${[...new Set(sessions)]}::text[]) as mine (session) cross join lateral (
      select revision from tasks
      where tenant = ${tenant} and queue = ${queue} and tasks.session = mine.session and shadow_of is null
      order by id desc limit 1) as latest`.execute(db);
  return new Map(rows.map(({ session, revision }) => [session, revision]));
}
