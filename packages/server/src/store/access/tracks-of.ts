import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** The tracks that a rollout, a task or a workflow has to do with; none when there is no such thing. */
export async function tracksOf(
  db: Database,
  tenant: string,
  kind: 'rollout' | 'task' | 'workflow',
  id: string,
): Promise<readonly string[]> {
  const { rows } = await QUERIES[kind](tenant, id).execute(db);
  return rows.map(({ track }) => track);
}

type Query = (tenant: string, id: string) => RawBuilder<{ readonly track: string }>;

const QUERIES: Readonly<Record<'rollout' | 'task' | 'workflow', Query>> = {
  rollout: (tenant, id) => sql`
    select track_id as track from rollouts where tenant = ${tenant} and id = ${id}`,
  task: (tenant, id) => sql`
    select queue as track from tasks where tenant = ${tenant} and id = ${id}::uuid
    union
    select request ->> 'track' from workflow_nodes where tenant = ${tenant} and task = ${id}::uuid`,
  workflow: (tenant, id) => sql`
    select distinct request ->> 'track' as track from workflow_nodes
    where tenant = ${tenant} and workflow = ${id}::uuid`,
};
