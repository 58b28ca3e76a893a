import type { z } from 'zod';
import type { ApiReply } from './api-call.ts';
import type { PageView } from './pages.ts';
import {
  type AgentInput,
  type NewAgentInput,
  type RegisteredAgentView,
  registeredAgentPageSchema,
  registeredAgentSchema,
  removedAgentSchema,
} from './registered-agents.ts';

interface AgentPageWish {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** The operations on agents whose workers connect by themselves. */
export interface AgentCalls {
  registeredAgents(page: AgentPageWish): Promise<ApiReply<PageView<RegisteredAgentView>>>;
  registerAgent(agent: NewAgentInput): Promise<ApiReply<RegisteredAgentView>>;
  /** Replaces everything that is said of it. */
  updateAgent(id: string, agent: AgentInput): Promise<ApiReply<RegisteredAgentView>>;
  removeAgent(id: string): Promise<ApiReply<{ id: string }>>;
}

/** How a client asks. */
export interface AgentCallPorts {
  readonly get: <Value>(schema: z.ZodType<Value>, path: string) => Promise<ApiReply<Value>>;
  readonly post: <Value>(schema: z.ZodType<Value>, path: string, body: unknown) => Promise<ApiReply<Value>>;
  readonly change: <Value>(
    schema: z.ZodType<Value>,
    method: 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ) => Promise<ApiReply<Value>>;
  readonly queryOf: (parameters: { readonly [name: string]: string | number | undefined }) => string;
}

/** The operations on agents whose workers connect by themselves, over whatever carries them. */
export const agentCalls = ({ get, post, change, queryOf }: AgentCallPorts): AgentCalls => ({
  registeredAgents: (page) =>
    get(registeredAgentPageSchema, `/api/v1/registered-agents${queryOf({ ...page })}`),
  registerAgent: (agent) => post(registeredAgentSchema, '/registered-agents', agent),
  updateAgent: (id, agent) => change(registeredAgentSchema, 'PUT', agentPath(id), agent),
  removeAgent: (id) => change(removedAgentSchema, 'DELETE', agentPath(id)),
});

const agentPath = (id: string): string =>
  `/api/v1/registered-agents/${id.split('/').map(encodeURIComponent).join('/')}`;
