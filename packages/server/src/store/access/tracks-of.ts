import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** What somebody names by an id, and what belongs to tracks. */
export type NamedThing = 'rollout' | 'task' | 'workflow' | 'payload';

/**
 * The tracks that a rollout, a task, a workflow or a payload has to do with; none when there is no such thing. Of a payload
 * they are those of the tasks that use it, and of all in their workflows, which hand it on to each other.
 */
export async function tracksOf(
  db: Database,
  tenant: string,
  kind: NamedThing,
  id: string,
): Promise<readonly string[]> {
  const { rows } = await QUERIES[kind](tenant, id).execute(db);
  return rows.map(({ track }) => track);
}

type Query = (tenant: string, id: string) => RawBuilder<{ readonly track: string }>;

const QUERIES: Readonly<Record<NamedThing, Query>> = {
  rollout: (tenant, id) => sql`
    select track_id as track from rollouts where tenant = ${tenant} and id = ${id}`,
  task: (tenant, id) => sql`
    select queue as track from tasks where tenant = ${tenant} and id = ${id}::uuid
    union
    select request ->> 'track' from workflow_nodes where tenant = ${tenant} and task = ${id}::uuid`,
  workflow: (tenant, id) => sql`
    select distinct request ->> 'track' as track from workflow_nodes
    where tenant = ${tenant} and workflow = ${id}::uuid`,
  payload: (tenant, id) => sql`
    with using_it as (select task from payload_uses where tenant = ${tenant} and payload = ${id})
    select queue as track from tasks where tenant = ${tenant} and id in (select task from using_it)
    union
    select together.request ->> 'track' from workflow_nodes as node
    join workflow_nodes as together on together.tenant = node.tenant and together.workflow = node.workflow
    where node.tenant = ${tenant} and node.task in (select task from using_it)`,
};
