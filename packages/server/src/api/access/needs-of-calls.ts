import type { Permission } from '@sluice/core/access/permissions.ts';
import type { Need } from './needs.ts';

/** For whoever wants to know whether it is there, and how it is called. */
const OPEN_SERVICES: ReadonlySet<string> = new Set([
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
]);

/** What the methods of each service need, by their names; `*` is for all that are not named. */
const NEEDS: Readonly<Record<string, Readonly<Record<string, Permission>>>> = {
  'sluice.agents.v1.AgentService': {
    GetAgent: 'agents:read',
    ListAgents: 'agents:read',
    CreateAgent: 'agents:manage',
    UpdateAgent: 'agents:manage',
    DeleteAgent: 'agents:manage',
    ExecuteAgent: 'tasks:submit',
  },
  'sluice.agents.v1.WorkflowService': {
    SubmitWorkflow: 'tasks:submit',
    GetWorkflow: 'tasks:read',
    ListWorkflows: 'tasks:read',
    CancelWorkflow: 'tasks:steer',
  },
  'sluice.agents.v1.ToolRegistryService': {
    GetTool: 'tools:read',
    ListTools: 'tools:read',
    '*': 'tools:manage',
  },
  'sluice.agents.v1.WorkerService': { '*': 'agents:work' },
  'sluice.agents.v1.MemoryService': { '*': 'agents:work' },
  'sluice.agents.v1.PayloadService': { '*': 'agents:work' },
  'sluice.agents.v1.TeamworkService': { '*': 'agents:work' },
  'sluice.agents.v1.ToolService': { '*': 'agents:work' },
};

/**
 * What a call needs of its caller; undefined for one that the table does not know, which is then not served.
 *
 * @param path `/package.Service/Method`
 */
export function needOfCall(path: string): Need | undefined {
  const [, service = '', method = ''] = path.split('/');
  if (OPEN_SERVICES.has(service)) return { permission: null };
  const permission = NEEDS[service]?.[method] ?? NEEDS[service]?.['*'];
  return permission && { permission, of: 'anywhere' };
}
