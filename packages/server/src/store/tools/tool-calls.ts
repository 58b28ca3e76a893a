import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ToolCallState } from '@sluice/core/tasks/tool-call.ts';
import { sql } from 'kysely';
import { storedJson, storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** Names a call: the task it is made for, and its name there, which is the same when it is repeated. */
export interface ToolCallName {
  readonly taskId: string;
  readonly call: string;
}

/** Why a call was not made, or failed. */
export interface StoredFailure {
  readonly reason: string;
  readonly message: string;
}

/** A call as it stands. */
export interface ToolCallRow extends ToolCallName {
  /** Goes with time. */
  readonly id: string;
  readonly attempt: number;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly worker: string;
  /** As the agent called it. */
  readonly name: string;
  /** That served it; null where none did. */
  readonly tool: string | null;
  readonly version: string | null;
  /** Of its name and arguments. */
  readonly digest: string;
  /** As people may read them. */
  readonly arguments: string;
  readonly state: ToolCallState;
  readonly tries: number;
  /** Whether it does no harm to make it again. */
  readonly mayRepeat: boolean;
  /** Who runs it, or did. */
  readonly holder: string;
  /** Nobody runs it any more, and nobody has told its end. */
  readonly isAbandoned: boolean;
  readonly failure: StoredFailure | null;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
}

/** A call that is to be made. */
export type NewToolCall = Pick<
  ToolCallRow,
  | 'taskId'
  | 'call'
  | 'id'
  | 'attempt'
  | 'name'
  | 'tool'
  | 'version'
  | 'digest'
  | 'arguments'
  | 'mayRepeat'
  | 'holder'
> & {
  /** How long its holder may be silent, in ms. */
  readonly leaseMs: number;
};

const COLUMNS = sql.raw(`
  task_id as "taskId", call, id, attempt, queue, revision, worker, name, tool, version, digest, arguments, state, tries,
  may_repeat as "mayRepeat", holder, state = 'running' and lease_until < clock_timestamp() as "isAbandoned", failure,
  started_at as "startedAt", ended_at as "endedAt"`);

/** One call with its result, or undefined. */
export async function findToolCall(
  db: Database,
  tenant: string,
  { taskId, call }: ToolCallName,
): Promise<(ToolCallRow & { readonly result: unknown }) | undefined> {
  const { rows } = await sql<ToolCallRow & { result: unknown }>`
    select ${COLUMNS}, result from tool_calls
    where tenant = ${tenant} and task_id = ${taskId}::uuid and call = ${call}`.execute(db);
  return rows[0];
}

/**
 * Writes down that a call is made from now on, before it is: as long as the attempt has its lease, and nobody else makes it
 * or has made it to an end that must not be repeated.
 * @returns whether it may be made
 */
export async function beginToolCall(db: Database, tenant: string, call: NewToolCall): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    insert into tool_calls as present (tenant, task_id, call, id, attempt, queue, revision, worker, name, tool, version,
      digest, arguments, state, tries, may_repeat, holder, lease_until)
    select tenant, id, ${call.call}, ${call.id}::uuid, attempt, queue, revision, coalesce(worker, ''), ${call.name},
      ${call.tool}, ${call.version}, ${call.digest}, ${storedText(call.arguments)}, 'running', 1, ${call.mayRepeat},
      ${call.holder}, clock_timestamp() + make_interval(secs => ${call.leaseMs / 1000})
    from tasks where tenant = ${tenant} and id = ${call.taskId}::uuid and state = 'running' and attempt = ${call.attempt}
    on conflict (tenant, task_id, call) do update set
      attempt = excluded.attempt, revision = excluded.revision, worker = excluded.worker, tool = excluded.tool,
      version = excluded.version, state = 'running', tries = present.tries + 1, may_repeat = excluded.may_repeat,
      holder = excluded.holder, lease_until = excluded.lease_until, failure = null, ended_at = null
    where present.may_repeat and (present.state in ('failed', 'refused')
      or present.state = 'running' and present.lease_until < clock_timestamp())`.execute(db);
  return numAffectedRows > 0n;
}

/** Who runs a call. */
export interface CallHolder extends ToolCallName {
  readonly holder: string;
  readonly attempt: number;
}

/** Another try of a call, perhaps of another tool; false when it is not its holder's any more. */
export async function tryToolCall(
  db: Database,
  tenant: string,
  { taskId, call, holder, attempt }: CallHolder,
  { tool, version, mayRepeat }: Pick<ToolCallRow, 'tool' | 'version' | 'mayRepeat'>,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update tool_calls set tool = ${tool}, version = ${version}, may_repeat = ${mayRepeat}, tries = tries + 1
    where tenant = ${tenant} and task_id = ${taskId}::uuid and call = ${call} and state = 'running'
      and holder = ${holder} and attempt = ${attempt}`.execute(db);
  return numAffectedRows > 0n;
}

/** How a call ended. */
export type ToolCallEnd = { readonly mayRepeat: boolean } & (
  | { readonly state: 'succeeded'; readonly result: unknown }
  | { readonly state: 'failed' | 'refused' | 'unknown'; readonly failure: StoredFailure }
);

/** Writes down how a call ended; false when it is not its holder's any more. */
export async function endToolCall(
  db: Database,
  tenant: string,
  { taskId, call, holder, attempt }: CallHolder,
  end: ToolCallEnd,
): Promise<boolean> {
  const result = end.state === 'succeeded' ? storedJson(end.result) : null;
  const failure = end.state === 'succeeded' ? null : storedJson(end.failure);
  const { numAffectedRows = 0n } = await sql`
    update tool_calls set state = ${end.state}, result = ${result}::json, failure = ${failure}::json,
      may_repeat = ${end.mayRepeat}, lease_until = null, ended_at = clock_timestamp()
    where tenant = ${tenant} and task_id = ${taskId}::uuid and call = ${call} and state = 'running'
      and holder = ${holder} and attempt = ${attempt}`.execute(db);
  return numAffectedRows > 0n;
}

/** Writes down that nobody knows how a call ended, whose holder is gone and that must not be repeated. */
export async function giveUpToolCall(
  db: Database,
  tenant: string,
  { taskId, call }: ToolCallName,
  failure: StoredFailure,
): Promise<void> {
  await sql`
    update tool_calls set state = 'unknown', failure = ${storedJson(failure)}::json, lease_until = null,
      ended_at = clock_timestamp()
    where tenant = ${tenant} and task_id = ${taskId}::uuid and call = ${call} and state = 'running'
      and not may_repeat and lease_until < clock_timestamp()`.execute(db);
}

/** Writes down a call that was refused before anything was called; an earlier call of its name stays as it is. */
export async function refuseToolCall(
  db: Database,
  tenant: string,
  call: Omit<NewToolCall, 'leaseMs' | 'mayRepeat'>,
  failure: StoredFailure,
): Promise<void> {
  await sql`
    insert into tool_calls (tenant, task_id, call, id, attempt, queue, revision, worker, name, tool, version, digest,
      arguments, state, may_repeat, holder, failure, ended_at)
    select tenant, id, ${call.call}, ${call.id}::uuid, ${call.attempt}, queue, revision, coalesce(worker, ''),
      ${call.name}, ${call.tool}, ${call.version}, ${call.digest}, ${storedText(call.arguments)}, 'refused', true,
      ${call.holder}, ${storedJson(failure)}::json, clock_timestamp()
    from tasks where tenant = ${tenant} and id = ${call.taskId}::uuid
    on conflict (tenant, task_id, call) do nothing`.execute(db);
}

/** Says that a holder lives: whatever it runs goes on being its own for so long. */
export async function extendToolCalls(
  db: Database,
  { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
): Promise<void> {
  await sql`
    update tool_calls set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000})
    where holder = ${holder} and state = 'running'`.execute(db);
}

/** Which calls to list, the newest first. */
export interface ToolCallList {
  readonly taskId?: string;
  readonly queue?: TrackId;
  readonly tool?: string;
  readonly state?: ToolCallState;
  /** The id of the last call of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Calls without their results. */
export async function listToolCalls(
  db: Database,
  tenant: string,
  { taskId, queue, tool, state, after, limit }: ToolCallList,
): Promise<readonly ToolCallRow[]> {
  // What the planner cannot estimate it takes for half of all rows, so that it walks back in time instead of sorting.
  const { rows } = await sql<ToolCallRow>`
    select ${COLUMNS} from tool_calls where tenant = ${tenant}
      ${taskId === undefined ? sql`` : sql`and task_id = ${taskId}::uuid`}
      ${queue === undefined ? sql`` : sql`and coalesce(queue = ${queue}, false)`}
      ${tool === undefined ? sql`` : sql`and coalesce(tool = ${tool} or name = ${tool}, false)`}
      ${state === undefined ? sql`` : sql`and coalesce(state = ${state}, false)`}
      ${after === undefined ? sql`` : sql`and id < ${after}::uuid`}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}

/** Removes calls that are old, over all tenants. */
export async function deleteOldToolCalls(
  db: Database,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from tool_calls where ctid = any(array(
      select ctid from tool_calls where started_at < ${timestamp(before)} and state <> 'running' limit ${limit}))`.execute(
    db,
  );
  return Number(numAffectedRows);
}
