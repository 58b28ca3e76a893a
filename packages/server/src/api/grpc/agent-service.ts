import type { ServiceImpl } from '@connectrpc/connect';
import type { Agent, AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import type { Result } from '@sluice/core/kernel/result.ts';
import {
  type AgentDirectory,
  agentIdIn,
  agentNamed,
  type AgentRecord,
  type AgentRegistry,
  noSuchAgent,
} from './agent-directory.ts';
import { agentDescription, agentMessage } from './agent-message.ts';
import { valueOf } from './call-error.ts';
import { executeAgent, type ExecutePorts } from './execute-agent.ts';

/** What agents are shown and run with. */
export interface AgentServicePorts extends Omit<ExecutePorts, 'agents'> {
  readonly agents: AgentDirectory;
  readonly registry: AgentRegistry;
}

/** The service of agents. */
export function agentService(ports: AgentServicePorts): ServiceImpl<typeof AgentService> {
  const { agents, registry } = ports;
  return {
    createAgent: async ({ agent }) => ({ agent: shown(await registry.create(described(agent))) }),
    updateAgent: async ({ agent }) => ({ agent: shown(await registry.update(described(agent))) }),
    deleteAgent: async ({ id }) => {
      const agentId = agentIdIn(id);
      valueOf(agentId === null ? noSuchAgent(id) : await registry.remove(agentId));
      return {};
    },
    getAgent: async ({ id }) => ({ agent: shown(await agentNamed(agents, id)) }),
    listAgents: async function* listing({ category, capability }, { signal }) {
      for (const agent of await agents.list()) {
        signal.throwIfAborted();
        if (category !== '' && agent.category !== category) continue;
        if (capability !== '' && !agent.capabilities.includes(capability)) continue;
        yield { agent: agentMessage(agent) };
      }
    },
    executeAgent: executeAgent(ports),
  };
}

const described = (agent: Agent | undefined) => valueOf(agentDescription(agent));
const shown = (result: Result<AgentRecord>): Agent => agentMessage(valueOf(result));
