import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A session of a component of agents. */
export interface HookSession {
  readonly queue: TrackId;
  readonly session: string;
  readonly revision: RevisionId;
}

/** Notes that a session goes on; false when nobody has heard of it. */
export async function continueSession(
  db: Database,
  tenant: string,
  { queue, session, revision }: HookSession,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update hook_sessions set last_at = clock_timestamp(), revision = ${revision}
    where tenant = ${tenant} and queue = ${queue} and session = ${session}`.execute(db);
  return numAffectedRows > 0n;
}

/** Notes that a session has begun. */
export async function beginSession(
  db: Database,
  tenant: string,
  { queue, session, revision }: HookSession,
): Promise<void> {
  await sql`
    insert into hook_sessions (tenant, queue, session, revision)
    values (${tenant}, ${queue}, ${session}, ${revision})
    on conflict (tenant, queue, session) do update set last_at = clock_timestamp()`.execute(db);
}

/** Takes away sessions in which nothing has happened for so long and nothing is to be done; each is given to one caller. */
export async function endIdleSessions(
  db: Database,
  { idleMs, limit }: { readonly idleMs: number; readonly limit: number },
): Promise<readonly (HookSession & { readonly tenant: string })[]> {
  const { rows } = await sql<HookSession & { tenant: string }>`
    delete from hook_sessions where ctid = any(array(
      select ended.ctid from hook_sessions as ended
      where last_at < clock_timestamp() - make_interval(secs => ${idleMs / 1000})
        and not exists (select from tasks where tasks.tenant = ended.tenant and tasks.queue = ended.queue
          and tasks.session = ended.session and tasks.state = 'running')
      limit ${limit} for update skip locked))
    returning tenant, queue, session, revision`.execute(db);
  return rows;
}
