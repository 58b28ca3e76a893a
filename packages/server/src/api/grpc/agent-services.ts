import type { ConnectRouter } from '@connectrpc/connect';
import { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { work, type WorkPorts } from './work.ts';

/** What the services of agents work with. */
export interface AgentServicesPorts extends WorkPorts {}

/** Serves agents and their workers; for `ApiParts.calls`. */
export const agentServices =
  (ports: AgentServicesPorts) =>
  (router: ConnectRouter): void => {
    router.service(WorkerService, { work: work(ports) });
  };
