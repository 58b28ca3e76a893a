import { create, type JsonObject } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type Agent,
  AgentSchema,
  AgentStatus,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type AgentDescription, agentIdIn, type AgentRecord } from './agent-directory.ts';

const STATUS: Readonly<Record<AgentRecord['status'], AgentStatus>> = {
  active: AgentStatus.ACTIVE,
  inactive: AgentStatus.INACTIVE,
  error: AgentStatus.ERROR,
  updating: AgentStatus.UPDATING,
};
const ABILITY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MOST_ABILITIES = 64;
const LONGEST_TEXT = 200;
const MOST_CONFIGURATION_BYTES = 64 * 1024;

/** An agent as callers see it. */
export const agentMessage = (agent: AgentRecord): Agent =>
  create(AgentSchema, {
    ...{ id: agent.id, name: agent.name, category: agent.category, status: STATUS[agent.status] },
    capabilities: [...agent.capabilities],
    configuration: agent.configuration as JsonObject,
    createdAt: timestampFromMs(agent.createdAt),
    updatedAt: timestampFromMs(agent.updatedAt),
  });

/** What a caller says of an agent; refused where it cannot be one. */
export function agentDescription(agent: Agent | undefined): Result<AgentDescription> {
  if (agent === undefined) return invalid('It was left out.', 'Send it in `agent`.');
  return describedAgent({ ...agent, configuration: agent.configuration ?? {} });
}

/** What somebody says of an agent, whoever carries it; refused where it cannot be one. */
export function describedAgent(
  agent: Omit<AgentDescription, 'id'> & { readonly id: string },
): Result<AgentDescription> {
  const { id, name, category, capabilities, configuration } = agent;
  const agentId = agentIdIn(id);
  if (agentId === null)
    return invalid(`Its id is '${id.slice(0, 200)}'.`, 'Send application/environment/component.');
  const long = [name, category].find((text) => text.length > LONGEST_TEXT || text.includes('\0'));
  if (long !== undefined)
    return invalid('Its name or category is no text of a line.', `Send at most ${LONGEST_TEXT} characters.`);
  if (capabilities.length > MOST_ABILITIES || !capabilities.every((ability) => ABILITY.test(ability)))
    return invalid(
      'A capability is no name, or there are too many.',
      `Send at most ${MOST_ABILITIES}, of letters, digits, dot, dash and underscore, each at most 64 long.`,
    );
  if (Buffer.byteLength(JSON.stringify(configuration)) > MOST_CONFIGURATION_BYTES)
    return invalid(
      'Its configuration is too large.',
      `Send at most ${MOST_CONFIGURATION_BYTES} bytes of JSON.`,
    );
  return ok({ id: agentId, name, category, capabilities, configuration });
}

const invalid = (what: string, remedy: string): Result<never> =>
  refuse('invalid-agent', `The agent was refused. ${what}`, remedy);
