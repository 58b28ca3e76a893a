import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson, storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** An agent that is not delivered by releases. */
export interface RegisteredAgentRow {
  readonly id: TrackId;
  readonly name: string;
  readonly category: string;
  readonly capabilities: readonly string[];
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** What somebody says of an agent. */
export type RegisteredAgentWish = Omit<RegisteredAgentRow, 'createdAt' | 'updatedAt'>;

const COLUMNS = sql`id, name, category, capabilities, configuration, created_at as "createdAt", updated_at as "updatedAt"`;

/**
 * Registers an agent, and makes its queue with a split that any release would replace.
 * @returns null when one of this id is registered, or its track is known
 */
export async function createRegisteredAgent(
  db: Database,
  tenant: string,
  { id, name, category, capabilities, configuration }: RegisteredAgentWish,
  { at, split }: { readonly at: Instant; readonly split: unknown },
): Promise<RegisteredAgentRow | null> {
  const { rows } = await sql<RegisteredAgentRow>`
    with created as (
      insert into registered_agents (tenant, id, name, category, capabilities, configuration, created_at, updated_at)
      select ${tenant}, ${id}, ${storedText(name)}, ${storedText(category)}, ${storedJson(capabilities)}::json,
        ${storedJson(configuration)}::json, ${timestamp(at)}, ${timestamp(at)}
      where not exists (select from tracks where tenant = ${tenant} and id = ${id})
      on conflict do nothing returning ${COLUMNS}),
    queue as (
      insert into task_queues (tenant, id, generation, split)
      select ${tenant}, id, 0, ${storedJson(split)}::json from created on conflict do nothing)
    select * from created`.execute(db);
  return rows[0] ?? null;
}

/** Changes what is said of an agent; null when none of this id is registered. */
export async function updateRegisteredAgent(
  db: Database,
  tenant: string,
  { id, name, category, capabilities, configuration }: RegisteredAgentWish,
  at: Instant,
): Promise<RegisteredAgentRow | null> {
  const { rows } = await sql<RegisteredAgentRow>`
    update registered_agents set name = ${storedText(name)}, category = ${storedText(category)},
      capabilities = ${storedJson(capabilities)}::json, configuration = ${storedJson(configuration)}::json,
      updated_at = ${timestamp(at)}
    where tenant = ${tenant} and id = ${id} returning ${COLUMNS}`.execute(db);
  return rows[0] ?? null;
}

/** Forgets an agent, and takes its queue away, so that nothing comes in any more; false when none of this id is registered. */
export async function deleteRegisteredAgent(db: Database, tenant: string, id: TrackId): Promise<boolean> {
  const { rows } = await sql`
    with gone as (delete from registered_agents where tenant = ${tenant} and id = ${id} returning id),
    queue as (
      delete from task_queues using gone
      where task_queues.tenant = ${tenant} and task_queues.id = gone.id and generation = 0)
    select id from gone`.execute(db);
  return rows.length > 0;
}

/** Registered agents in the order of their ids; all of them, or one. */
export async function listRegisteredAgents(
  db: Database,
  tenant: string,
  only?: TrackId,
): Promise<readonly RegisteredAgentRow[]> {
  const { rows } = await sql<RegisteredAgentRow>`
    select ${COLUMNS} from registered_agents
    where tenant = ${tenant} ${only === undefined ? sql`` : sql`and id = ${only}`} order by id`.execute(db);
  return rows;
}
