import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { HookMoment } from '@sluice/core/tasks/hook-spec.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** What a hook said, once. */
export interface HookFiring {
  /** Goes with time. */
  readonly id: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly hook: string;
  readonly moment: HookMoment;
  readonly session: string | null;
  readonly taskId: string | null;
  readonly attempt: number | null;
  readonly tool: string | null;
  readonly isAllowed: boolean;
  /** Whether the hook itself failed. */
  readonly hasFailed: boolean;
  readonly message: string;
  readonly durationMs: number;
}

/** Writes down what hooks said. */
export async function putHookFirings(
  db: Database,
  tenant: string,
  firings: readonly HookFiring[],
): Promise<void> {
  if (firings.length === 0) return;
  await sql`
    insert into hook_firings (tenant, id, queue, revision, hook, moment, session, task_id, attempt, tool, is_allowed,
      has_failed, message, duration_ms)
    select ${tenant}, id, queue, revision, hook, moment, session, "taskId", attempt, tool, "isAllowed", "hasFailed",
      message, "durationMs"
    from json_to_recordset(${storedJson(firings)}::json) as firing (id uuid, queue text, revision text, hook text,
      moment text, session text, "taskId" uuid, attempt integer, tool text, "isAllowed" boolean, "hasFailed" boolean,
      message text, "durationMs" integer)
    on conflict do nothing`.execute(db);
}

/** What hooks said, the newest first; of one task where it is given. */
export async function listHookFirings(
  db: Database,
  tenant: string,
  wish: {
    readonly taskId?: string;
    readonly queue?: TrackId;
    readonly after?: string;
    readonly limit: number;
  },
): Promise<readonly HookFiring[]> {
  const { rows } = await sql<HookFiring>`
    select id, queue, revision, hook, moment, session, task_id as "taskId", attempt, tool, is_allowed as "isAllowed",
      has_failed as "hasFailed", message, duration_ms as "durationMs"
    from hook_firings where tenant = ${tenant}
      ${wish.taskId === undefined ? sql`` : sql`and task_id = ${wish.taskId}::uuid`}
      ${wish.queue === undefined ? sql`` : sql`and coalesce(queue = ${wish.queue}, false)`}
      ${wish.after === undefined ? sql`` : sql`and id < ${wish.after}::uuid`}
    order by id desc limit ${wish.limit}`.execute(db);
  return rows;
}

/** Removes what hooks said long ago, over all tenants. Ids go with time. */
export async function deleteOldHookFirings(
  db: Database,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const hex = Math.max(0, before).toString(16).padStart(12, '0');
  const least = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
  const { numAffectedRows = 0n } = await sql`
    delete from hook_firings where ctid = any(array(
      select ctid from hook_firings where id < ${least}::uuid limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}
