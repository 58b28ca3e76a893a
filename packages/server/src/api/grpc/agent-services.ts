import type { ConnectRouter } from '@connectrpc/connect';
import { Health } from '@sluice/protocol/generated/grpc/health/v1/health_pb.js';
import { AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { MemoryService } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { PayloadService } from '@sluice/protocol/generated/sluice/agents/v1/payloads_pb.js';
import { TeamworkService } from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import { ToolRegistryService, ToolService } from '@sluice/protocol/generated/sluice/agents/v1/tools_pb.js';
import { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { WorkflowService } from '@sluice/protocol/generated/sluice/agents/v1/workflows_pb.js';
import type { AgentMemory } from '../../memory/agent-memory.ts';
import type { Payloads } from '../../payloads/stored-payloads.ts';
import type { TaskCheckpoints } from '../../tasks/stored-checkpoints.ts';
import type { Teamwork, WorkflowRegistry } from '../../workflows/workflow-registry.ts';
import type { AgentDirectory } from './agent-directory.ts';
import { agentService, type AgentServicePorts } from './agent-service.ts';
import { fenceIn } from './attempt-fence.ts';
import { valueOf } from './call-error.ts';
import { type HealthPorts, healthService } from './health-service.ts';
import { jsonOfValue } from './json-value.ts';
import { memoryService } from './memory-service.ts';
import { payloadService } from './payload-service.ts';
import { reflectionServices } from './reflection-service.ts';
import { toldBody } from './task-message.ts';
import { toolRegistryService, toolService, type ToolServicePorts } from './tool-service.ts';
import { teamworkService } from './teamwork-service.ts';
import { work, type WorkPorts } from './work.ts';
import { workflowService } from './workflow-service.ts';

/** What the services of agents work with. */
export interface AgentServicesPorts
  extends AgentServicePorts,
    HealthPorts,
    Omit<WorkPorts, 'agents' | 'checkpoints' | 'told' | 'changed' | 'stallMs'> {
  readonly agents: AgentDirectory;
  readonly checkpoints: TaskCheckpoints;
  readonly memory: AgentMemory;
  readonly payloads: Payloads;
  readonly workflows: WorkflowRegistry;
  readonly team: Teamwork;
  /** Without it no tools are served. */
  readonly tools?: Omit<ToolServicePorts, 'tenant'>;
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
      saveCheckpoint: async ({ attempt, checkpoint }) => {
        const fence = valueOf(fenceIn(attempt));
        valueOf(await ports.checkpoints.save(tenant, fence, valueOf(jsonOfValue(checkpoint))));
        return {};
      },
      work: work({
        ...ports,
        stallMs,
        told: (id, attempt, event) => {
          const body = toldBody(event);
          if (body) news.tell(tenant, id, attempt, body);
        },
        changed: (id) => news.changed(tenant, id),
      }),
    });
    router.service(MemoryService, memoryService(ports.memory));
    router.service(PayloadService, payloadService(ports.payloads));
    router.service(WorkflowService, workflowService(ports.workflows));
    router.service(TeamworkService, teamworkService(ports.team));
    if (ports.tools) {
      router.service(ToolService, toolService({ tenant, ...ports.tools }));
      router.service(ToolRegistryService, toolRegistryService(ports.tools));
    }
    const served = [
      AgentService,
      WorkerService,
      MemoryService,
      PayloadService,
      WorkflowService,
      TeamworkService,
      ...(ports.tools ? [ToolService, ToolRegistryService] : []),
    ];
    router.service(
      Health,
      healthService(
        ports,
        served.map(({ typeName }) => typeName),
      ),
    );
    reflectionServices(router, [...served, Health]);
  };
