import { type RevisionId, type TrackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { ID_RULES } from '@sluice/protocol/http/id-rules.ts';

/** An agent as it is known. */
export interface AgentRecord {
  readonly id: TrackId;
  readonly name: string;
  readonly category: string;
  readonly status: 'active' | 'inactive' | 'error' | 'updating';
  readonly capabilities: readonly string[];
  /** A JSON object. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** Reads the id of an agent, `application/environment/component`; null when a text cannot be one. */
export const agentIdIn = (text: string): TrackId | null =>
  ID_RULES.id.test(text) ? trackIdFrom(text) : null;

/** Says that there is no such agent, and what to do. */
export const noSuchAgent = (id: string): Result<never> =>
  refuse(
    'no-such-agent',
    `There is no agent '${id.slice(0, 200)}'.`,
    'Name one as application/environment/component; `sluice agents registered` and `sluice status` show them.',
  );

/** An agent by what a caller calls it. */
export async function agentNamed(
  agents: Pick<AgentDirectory, 'get'>,
  id: string,
): Promise<Result<AgentRecord>> {
  const agentId = agentIdIn(id);
  const agent = agentId && (await agents.get(agentId));
  return agent ? ok(agent) : noSuchAgent(id);
}

/** What is declared of a revision. */
export interface DeclaredRevision {
  /** What its workers can do; null where nothing is declared, so that they may say anything. */
  readonly declared: readonly string[] | null;
}

/** Reads the agents that there are: components of kind `agents`, and those that were registered. */
export interface AgentDirectory {
  /** In the order of their ids. */
  list(): Promise<readonly AgentRecord[]>;
  /** Null when there is no such agent. */
  get(id: TrackId): Promise<AgentRecord | null>;
  /** A revision of the agent, whatever its share of the tasks is; null when it has none such. */
  revision(id: TrackId, revision: RevisionId): Promise<DeclaredRevision | null>;
}

/** What somebody may say of an agent that Sluice does not deliver. */
export type AgentDescription = Pick<
  AgentRecord,
  'id' | 'name' | 'category' | 'capabilities' | 'configuration'
>;

/** Keeps agents that are not delivered by Sluice. */
export interface AgentRegistry {
  /** In the order of their ids. */
  list(): Promise<readonly AgentRecord[]>;
  create(agent: AgentDescription): Promise<Result<AgentRecord>>;
  update(agent: AgentDescription): Promise<Result<AgentRecord>>;
  remove(id: TrackId): Promise<Result<null>>;
}

/** Refuses to register anything, for an installation that keeps no such agents. */
export const noRegistry: AgentRegistry = {
  list: async () => [],
  create: async () => notKept(),
  update: async () => notKept(),
  remove: async () => notKept(),
};

const notKept = (): Result<never> =>
  refuse(
    'not-wired',
    'Agents that Sluice does not deliver cannot be registered here.',
    'Declare the agent as a component of kind agents in sluice.yaml, and release it with `sluice deploy`.',
  );
