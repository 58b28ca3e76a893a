import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A task that an attempt has at the moment. */
export interface CallingTaskRow {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly session: string | null;
  readonly worker: string;
  /** False where nothing may be done that others notice. */
  readonly mayAct: boolean;
}

/** The task of an attempt as long as that has its lease; undefined after. */
export async function findCallingTask(
  db: Database,
  tenant: string,
  { taskId, attempt }: { readonly taskId: string; readonly attempt: number },
): Promise<CallingTaskRow | undefined> {
  const { rows } = await sql<CallingTaskRow>`
    select queue, revision, session, coalesce(worker, '') as worker,
      shadow_of is null as "mayAct" from tasks
    where tenant = ${tenant} and id = ${taskId}::uuid and state = 'running' and attempt = ${attempt}`.execute(
    db,
  );
  return rows[0];
}
