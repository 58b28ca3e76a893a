import type { ConnectRouter } from '@connectrpc/connect';
import { Health } from '@sluice/protocol/generated/grpc/health/v1/health_pb.js';
import { AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import type { AgentDirectory } from './agent-directory.ts';
import { agentService, type AgentServicePorts } from './agent-service.ts';
import { type HealthPorts, healthService } from './health-service.ts';
import { reflectionServices } from './reflection-service.ts';
import { work, type WorkPorts } from './work.ts';

/** What the services of agents work with. */
export interface AgentServicesPorts
  extends AgentServicePorts,
    HealthPorts,
    Omit<WorkPorts, 'agents' | 'told' | 'changed' | 'stallMs'> {
  readonly agents: AgentDirectory;
  /** How long a worker may leave what it was sent unread, in ms; 15 s without. */
  readonly stallMs?: number;
}

/** Longer than a pause for garbage or a lost packet; a lease is usually longer. */
const STALL_MS = 15_000;

/** Serves agents and their workers, health and reflection; for `ApiParts.calls`. */
export const agentServices =
  (ports: AgentServicesPorts) =>
  (router: ConnectRouter): void => {
    const { tenant, news, stallMs = STALL_MS } = ports;
    router.service(AgentService, agentService(ports));
    router.service(WorkerService, {
      work: work({
        ...ports,
        stallMs,
        told: (id, attempt, event) => news.tell(tenant, id, attempt, event),
        changed: (id) => news.changed(tenant, id),
      }),
    });
    const served = [AgentService, WorkerService];
    router.service(
      Health,
      healthService(
        ports,
        served.map(({ typeName }) => typeName),
      ),
    );
    reflectionServices(router, [...served, Health]);
  };
