import { refuse } from '@sluice/core/kernel/result.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { createLog } from '../../telemetry/log.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import type { Api } from '../api-instance.ts';
import type { ApiParts } from '../api-parts.ts';
import { buildApi } from '../build-api.ts';
import { type FakeControlPlane, fakeControlPlane } from './fake-control-plane.ts';
import { type MemoryAudit, memoryAudit } from './memory-audit.ts';
import { type MemoryClusters, memoryClusters } from './memory-clusters.ts';
import { type MemoryGates, memoryGates } from './memory-gates.ts';
import { memoryOrganisations } from './memory-organisations.ts';
import { memorySecrets } from './memory-secrets.ts';
import { memoryPolicies } from './memory-policies.ts';
import { memoryChannels } from './memory-channels.ts';
import { type MemorySchedules, memorySchedules } from './memory-schedules.ts';
import { type MemoryTasks, memoryTasks } from './memory-tasks.ts';
import { type MemoryWorkflows, memoryWorkflows } from './memory-workflows.ts';
import type { PoolRow } from '../../pools/pool-plan.ts';
import { type MemoryAgents, memoryAgents } from './memory-agents.ts';
import { memoryTools } from './memory-tools.ts';
import { memoryOfAgents } from './memory-of-agents.ts';
import { everybodyMay } from './everybody-may.ts';
import { memoryIdempotencyStore } from './memory-idempotency-store.ts';

/** The real API over a control plane in memory. */
export interface TestApi {
  readonly app: Api;
  readonly plane: FakeControlPlane;
  readonly metrics: Metrics;
  readonly audit: MemoryAudit;
  readonly clusters: MemoryClusters;
  readonly gates: MemoryGates;
  readonly tasks: MemoryTasks;
  readonly schedules: MemorySchedules;
  readonly workflows: MemoryWorkflows;
  readonly agents: MemoryAgents;
  /** What was decided of pools; none until a test adds some. */
  readonly pools: PoolRow[];
  /** Everything that was logged, as objects. */
  readonly logged: () => readonly Record<string, unknown>[];
}

/** Builds the real API over a fake; the caller closes `app`. */
export function testApi(
  overrides: Partial<ApiParts> & { readonly tracks?: readonly TrackView[] } = {},
): TestApi {
  const { tracks, ...parts } = overrides;
  const plane = fakeControlPlane(tracks);
  const audit = memoryAudit();
  const clusters = memoryClusters();
  const gates = memoryGates();
  const tasks = memoryTasks();
  const schedules = memorySchedules();
  const workflows = memoryWorkflows();
  const pools: PoolRow[] = [];
  const agents = memoryAgents();
  const metrics = createMetrics({ processMetrics: false });
  const lines: string[] = [];
  const app = buildApi({
    access: everybodyMay(),
    controlPlane: plane,
    ledger: {
      page: async ({ limit }) => ({
        items: [...Array(Math.min(limit, 2)).keys()].map((index) => ledgerEntry(2 - index)),
        next: null,
      }),
      verify: async () => ({ entries: 2, intact: true, firstFault: null }),
    },
    audit,
    clusters,
    gates,
    channels: memoryChannels(),
    policies: memoryPolicies(),
    secrets: memorySecrets(),
    organisations: memoryOrganisations(),
    tasks,
    schedules,
    pools: { plans: () => pools },
    agents,
    tools: memoryTools(),
    memory: memoryOfAgents(),
    news: { events: async () => [], follow: async function* none() {} },
    payloads: { keep: async () => noPayload(), open: async () => noPayload() },
    workflows,
    health: { probes: [{ name: 'store', check: async () => {} }], started: () => true },
    idempotency: memoryIdempotencyStore(),
    metrics,
    log: createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } }),
    ...parts,
  });
  return {
    app,
    plane,
    metrics,
    audit,
    clusters,
    gates,
    tasks,
    schedules,
    workflows,
    pools,
    agents,
    logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const noPayload = () => refuse('unknown-payload', 'There is none.', 'Bring one.');

const ledgerEntry = (sequence: number) => ({
  sequence,
  at: 1_768_478_400_000 + sequence,
  actor: 'ada',
  action: 'rolloutRequested',
  subject: 'storefront/production/web',
  detail: {},
  hash: 'f'.repeat(64),
});
