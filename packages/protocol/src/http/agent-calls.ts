import type { ApiReply } from './api-call.ts';
import { type Asking, idInPath, type PageWish } from './asking.ts';
import type { PageView } from './pages.ts';
import { type PoolListView, poolListSchema } from './pools.ts';
import {
  type QueueView,
  type WorkerView,
  queuePageSchema,
  workerPageSchema,
  workerSchema,
} from './queues.ts';
import {
  type AgentInput,
  type NewAgentInput,
  type RegisteredAgentView,
  registeredAgentPageSchema,
  registeredAgentSchema,
  removedAgentSchema,
} from './registered-agents.ts';

/** The operations on workers, their queues and pools, and on agents whose workers connect by themselves. */
export interface AgentCalls {
  queues(page: PageWish): Promise<ApiReply<PageView<QueueView>>>;
  /** How many workers there are to be, of one component of agents or of all. */
  pools(filter: { readonly track?: string | undefined }): Promise<ApiReply<PoolListView>>;
  agents(page: PageWish): Promise<ApiReply<PageView<WorkerView>>>;
  drainAgent(worker: string, said?: { readonly by?: string | undefined }): Promise<ApiReply<WorkerView>>;
  registeredAgents(page: PageWish): Promise<ApiReply<PageView<RegisteredAgentView>>>;
  registerAgent(agent: NewAgentInput): Promise<ApiReply<RegisteredAgentView>>;
  /** Replaces everything that is said of it. */
  updateAgent(id: string, agent: AgentInput): Promise<ApiReply<RegisteredAgentView>>;
  removeAgent(id: string): Promise<ApiReply<{ id: string }>>;
}

/** The operations on workers and agents, over whatever carries them. */
export const agentCalls = ({ get, post, change, queryOf }: Asking): AgentCalls => ({
  queues: (page) => get(queuePageSchema, `/api/v1/queues${queryOf({ ...page })}`),
  pools: (filter) => get(poolListSchema, `/api/v1/pools${queryOf({ ...filter })}`),
  agents: (page) => get(workerPageSchema, `/api/v1/agents${queryOf({ ...page })}`),
  drainAgent: (worker, said = {}) =>
    post(workerSchema, `/agents/${encodeURIComponent(worker)}/drain${queryOf({ ...said })}`, undefined),
  registeredAgents: (page) =>
    get(registeredAgentPageSchema, `/api/v1/registered-agents${queryOf({ ...page })}`),
  registerAgent: (agent) => post(registeredAgentSchema, '/registered-agents', agent),
  updateAgent: (id, agent) => change(registeredAgentSchema, 'PUT', agentPath(id), agent),
  removeAgent: (id) => change(removedAgentSchema, 'DELETE', agentPath(id)),
});

const agentPath = (id: string): string => `/api/v1/registered-agents/${idInPath(id)}`;
