import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { FailurePolicy, WorkflowLimits } from '@sluice/core/tasks/workflow-spec.ts';
import type { WorkflowState } from '@sluice/core/tasks/workflow-state.ts';
import { sql } from 'kysely';
import { addedUp, storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { WORKFLOW_COLUMNS, type WorkflowRow } from './workflow-row.ts';

/** A workflow that comes in; its tasks are written after it, in the same transaction. */
export interface NewWorkflow {
  /** A UUID of version 7, so that ids go with time. */
  readonly id: string;
  readonly name: string;
  readonly policy: FailurePolicy;
  readonly root: string | null;
  readonly input: unknown;
  readonly limits: WorkflowLimits;
  readonly deadlineAt: Instant | null;
  readonly idempotencyKey: string | null;
}

/** Writes a workflow without tasks; when there is one of its key, or of its root, nothing is written and that one answers. */
export async function insertWorkflow(
  db: Database,
  tenant: string,
  { id, name, policy, root, input, limits, deadlineAt, idempotencyKey }: NewWorkflow,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { depth, fanOut, tasks, costMicros } = limits;
  const { rows } = await sql<{ readonly id: string }>`
    insert into workflows (tenant, id, name, state, policy, root, input, most_depth, most_fan_out, most_tasks,
      most_cost_micros, deadline_at, idempotency_key)
    values (${tenant}, ${id}::uuid, ${name}, 'running', ${policy}, ${root}::uuid, ${storedJson(input)}::json, ${depth},
      ${fanOut}, ${tasks}, ${costMicros}, ${storedInstant(deadlineAt)}::timestamptz, ${idempotencyKey})
    on conflict do nothing returning id`.execute(db);
  if (rows.length > 0) return { id, isNew: true };
  const { rows: earlier } = await sql<{ readonly id: string }>`
    select id from workflows where tenant = ${tenant}
      and ((root is not null and root = ${root}::uuid) or idempotency_key = ${idempotencyKey})`.execute(db);
  return { id: earlier[0]?.id ?? id, isNew: false };
}

/**
 * Locks a workflow until the end of the transaction, so that one at a time moves it.
 * @param isPatient false where somebody else is at it already: then null
 */
export async function lockWorkflow(
  db: Database,
  tenant: string,
  id: string,
  { isPatient = true } = {},
): Promise<WorkflowRow | null> {
  const { rows } = await sql<WorkflowRow>`
    select ${sql.raw(WORKFLOW_COLUMNS)} from workflows where tenant = ${tenant} and id = ${id}::uuid
    for update ${isPatient ? sql`` : sql`skip locked`}`.execute(db);
  return rows[0] ?? null;
}

/** What has become of a workflow in one turn. */
export interface WorkflowChange {
  readonly state: WorkflowState;
  readonly verdict: 'failed' | 'cancelled' | null;
  /** Kept as it is by null. */
  readonly reason: string | null;
  /** Tasks that came in, less those that ended. */
  readonly opened: number;
  readonly added: number;
  readonly costMicros: number;
  readonly hasEnded: boolean;
}

/** Writes down where a locked workflow stands now. */
export async function changeWorkflow(
  db: Database,
  tenant: string,
  id: string,
  { state, verdict, reason, opened, added, costMicros, hasEnded }: WorkflowChange,
): Promise<void> {
  await sql`
    update workflows set state = ${state}, verdict = ${verdict}, reason = coalesce(reason, ${reason}),
      open = open + ${opened}, tasks = tasks + ${added}, cost_micros = ${addedUp(sql`cost_micros`, sql`${costMicros}::bigint`)},
      ended_at = case when ${hasEnded} then clock_timestamp() end
    where tenant = ${tenant} and id = ${id}::uuid`.execute(db);
}
