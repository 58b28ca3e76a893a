import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, refuse } from '@sluice/core/kernel/result.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import {
  type AgentDescription,
  type AgentRecord,
  type AgentRegistry,
  noSuchAgent,
} from '../grpc/agent-directory.ts';

/** For tests: registered agents in memory. */
export interface MemoryAgents extends AgentRegistry {
  readonly known: Map<TrackId, AgentRecord>;
}

/** For tests: no agents yet. */
export function memoryAgents(): MemoryAgents {
  const known = new Map<TrackId, AgentRecord>();
  const put = (agent: AgentDescription) => {
    const times = { createdAt: SAMPLE_TIME, updatedAt: SAMPLE_TIME };
    const record: AgentRecord = { ...agent, status: 'inactive', ...times };
    known.set(agent.id, record);
    return ok(record);
  };
  return {
    known,
    list: async () => [...known.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    create: async (agent) =>
      known.has(agent.id)
        ? refuse('already-registered', `There is an agent ${agent.id} already.`, 'Choose another id.')
        : put(agent),
    update: async (agent) => (known.has(agent.id) ? put(agent) : noSuchAgent(agent.id)),
    remove: async (id) => (known.delete(id) ? ok(null) : noSuchAgent(id)),
  };
}
