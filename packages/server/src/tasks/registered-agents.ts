/**
 * Purpose: agents that are not delivered by releases: their workers connect by themselves, from anywhere.
 *
 * Owns the table `registered_agents`, and the queues of those that are in it. 1. Such an agent has one revision, which gets all
 * tasks. 2. The id of an agent that releases deliver cannot be registered, and releases alone change what they deliver.
 * 3. An agent with tasks that have not ended is not forgotten.
 */
import { type RevisionId, revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import type { Database } from '../store/database/open-database.ts';
import { countOpen } from '../store/tasks/count-tasks.ts';
import {
  createRegisteredAgent,
  deleteRegisteredAgent,
  listRegisteredAgents,
  type RegisteredAgentRow,
  type RegisteredAgentWish,
  updateRegisteredAgent,
} from '../store/tasks/registered-agents.ts';

/** The only revision of a registered agent; its workers name it. */
export const REGISTERED_REVISION: RevisionId = revisionId('registered');

/** A registered agent; what releases deliver is not among them. */
export type RegisteredAgent = RegisteredAgentRow;

/** What agents are registered with. */
export interface RegisteredAgentsPorts {
  readonly db: Database;
  readonly tenant: string;
  readonly now: () => Instant;
  /** Whether releases deliver an agent of this id. */
  readonly isDelivered: (id: TrackId) => Promise<boolean>;
}

/** Keeps agents that are not delivered by releases. */
export interface RegisteredAgents {
  list(): Promise<readonly RegisteredAgent[]>;
  /** Null when there is none. */
  get(id: TrackId): Promise<RegisteredAgent | null>;
  create(wish: RegisteredAgentWish): Promise<Result<RegisteredAgent>>;
  update(wish: RegisteredAgentWish): Promise<Result<RegisteredAgent>>;
  remove(id: TrackId): Promise<Result<null>>;
}

/** The registered agents of a tenant. */
export function registeredAgents(ports: RegisteredAgentsPorts): RegisteredAgents {
  const { db, tenant, now, isDelivered } = ports;
  return {
    list: () => listRegisteredAgents(db, tenant),
    get: async (id) => (await listRegisteredAgents(db, tenant, id))[0] ?? null,
    create: async (wish) => {
      if (await isDelivered(wish.id)) return delivered(wish.id);
      const made = { at: now(), split: wholeTo(REGISTERED_REVISION) };
      const row = await createRegisteredAgent(db, tenant, wish, made);
      return row ? ok(row) : already(wish.id);
    },
    update: async (wish) => {
      if (await isDelivered(wish.id)) return delivered(wish.id);
      const row = await updateRegisteredAgent(db, tenant, wish, now());
      return row ? ok(row) : unknown(wish.id);
    },
    remove: async (id) => {
      const isShadowed = await isDelivered(id);
      const isThere = (await listRegisteredAgents(db, tenant, id)).length > 0;
      if (!isThere) return isShadowed ? delivered(id) : unknown(id);
      // What a release has taken over keeps its queue and its tasks.
      if (!isShadowed && (await countOpen(db, tenant, { queue: id, limit: 1 })) > 0) return busy(id);
      return (await deleteRegisteredAgent(db, tenant, id)) ? ok(null) : unknown(id);
    },
  };
}

const delivered = (id: TrackId) =>
  refuse(
    'delivered',
    `The agent ${id} is delivered by releases, so that it is not registered, changed or removed by hand.`,
    'Change its component in sluice.yaml, and release it with `sluice deploy`.',
  );
const already = (id: TrackId) =>
  refuse(
    'already-registered',
    `There is an agent or a component ${id} already.`,
    'Choose another id, or update the one that is there.',
  );
const unknown = (id: TrackId) =>
  refuse(
    'no-such-agent',
    `No agent ${id} is registered.`,
    '`sluice agents registered` shows those that there are.',
  );
const busy = (id: TrackId) =>
  refuse(
    'has-tasks',
    `The agent ${id} has tasks that have not ended.`,
    'Wait for them, or end them with `sluice tasks cancel`; then remove it.',
  );
