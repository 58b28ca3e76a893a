import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** What was decided of the workers of a revision. */
export interface StoredPlan {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  /** Counts what was changed for hosts. */
  readonly sequence: number;
  /** The sequence that a host has confirmed. */
  readonly applied: number;
  /** Opaque to the store. */
  readonly plan: unknown;
}

/** All plans of a tenant, in the order of their tracks. */
export async function listPlans(db: Database, tenant: string): Promise<readonly StoredPlan[]> {
  const { rows } = await sql<StoredPlan>`
    select queue, revision, sequence, applied, plan from pools where tenant = ${tenant} order by queue, revision`.execute(
    db,
  );
  return rows;
}

/** Writes plans; one that has been overtaken changes nothing. */
export async function putPlans(
  db: Database,
  tenant: string,
  plans: readonly Omit<StoredPlan, 'applied'>[],
): Promise<void> {
  const column = <Value>(of: (plan: Omit<StoredPlan, 'applied'>) => Value): Value[] => plans.map(of);
  await sql`
    insert into pools (tenant, queue, revision, sequence, plan)
    select ${tenant}, queue, revision, sequence, plan::json
    from unnest(${column(({ queue }) => queue)}::text[], ${column(({ revision }) => revision)}::text[],
      ${column(({ sequence }) => sequence)}::bigint[], ${column(({ plan }) => storedJson(plan))}::text[]
    ) as decided (queue, revision, sequence, plan)
    on conflict (tenant, queue, revision) do update
      set sequence = excluded.sequence, plan = excluded.plan, decided_at = now()
      where excluded.sequence >= pools.sequence`.execute(db);
}

/** Notes that a host has carried out a plan. */
export async function notePlanApplied(
  db: Database,
  tenant: string,
  { queue, revision, sequence }: Pick<StoredPlan, 'queue' | 'revision' | 'sequence'>,
): Promise<void> {
  await sql`
    update pools set applied = ${sequence} where tenant = ${tenant} and queue = ${queue} and revision = ${revision}
      and applied < ${sequence}`.execute(db);
}

/** Forgets the plans of revisions that are not to have any more. */
export async function forgetPlans(
  db: Database,
  tenant: string,
  plans: readonly Pick<StoredPlan, 'queue' | 'revision'>[],
): Promise<void> {
  await sql`
    delete from pools using unnest(${plans.map(({ queue }) => queue)}::text[],
      ${plans.map(({ revision }) => revision)}::text[]) as gone (queue, revision)
    where pools.tenant = ${tenant} and pools.queue = gone.queue and pools.revision = gone.revision`.execute(
    db,
  );
}
