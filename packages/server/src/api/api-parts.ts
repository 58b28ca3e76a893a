import type { ConnectRouter } from '@connectrpc/connect';
import type { LedgerVerification } from '@sluice/protocol/http/health.ts';
import type { LedgerEntryView } from '@sluice/protocol/http/views.ts';
import type { Logger } from 'pino';
import type { RequestListener } from 'node:http';
import type { AccessGuard } from '../access/access-guard.ts';
import type { AccessRegistry } from '../access/access-registry.ts';
import type { JoinDesk } from '../access/joining/join-desk.ts';
import type { SignIn } from '../access/sign-in.ts';
import type { Organisations } from '../access/organisations.ts';
import type { ClusterRegistry } from '../clusters/cluster-registry.ts';
import type { HostDirectory } from '../host-client/host-directory.ts';
import type { GateRegistry } from '../gates/gate-registry.ts';
import type { AuditDesk } from '../ledger/audit-desk.ts';
import type { RequestLimiter } from '../limits/request-limiter.ts';
import type { AgentMemory } from '../memory/agent-memory.ts';
import type { ChannelRegistry } from '../notify/channel-registry.ts';
import type { SlackPresses } from '../notify/slack-presses.ts';
import type { Payloads } from '../payloads/stored-payloads.ts';
import type { PolicyRegistry } from '../policies/policy-registry.ts';
import type { SecretRegistry } from '../secrets/secret-registry.ts';
import type { PolicyTries } from '../policies/policy-tries.ts';
import type { PoolFigures } from '../pools/pool-figures.ts';
import type { ControlPlane, Page, PageRequest } from '../rollouts/control-plane.ts';
import type { WorkflowRegistry } from '../workflows/workflow-registry.ts';
import type { ScheduleRegistry } from '../schedules/schedule-registry.ts';
import type { TaskTelling } from '../tasks/task-telling.ts';
import type { TaskRegistry } from '../tasks/task-registry.ts';
import type { ToolRegistry } from '../tools/tool-registry.ts';
import type { HealthProbe } from '../telemetry/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestTraces } from '../telemetry/tracing/request-traces.ts';
import type { Dashboard } from './dashboard/open-dashboard.ts';
import type { ApiLimits } from './api-limits.ts';
import type { AgentRegistry } from './grpc/agent-directory.ts';
import type { IdempotencyStore } from './exchange/idempotency-store.ts';

/** How the API reads the ledger. */
export interface LedgerReader {
  /** Newest first. */
  page(request: PageRequest): Promise<Page<LedgerEntryView>>;
  /** Reads the whole ledger; the time it takes grows with the ledger. */
  verify(): Promise<LedgerVerification>;
}

/** What the health operations ask. */
export interface ApiHealth {
  /** All must pass for the control plane to be ready. */
  readonly probes: readonly HealthProbe[];
  /** Whether the start is complete: migrations have run and the loop has begun. */
  started(): boolean;
}

/** Everything that the API needs of the rest of the server. */
export interface ApiParts {
  readonly access: AccessGuard;
  /** Tokens, members, roles and projects; without it there are no operations on them. */
  readonly accounts?: AccessRegistry;
  /** What members are called, by their subjects; without it nobody is told. */
  readonly names?: () => Promise<readonly { readonly subject: string; readonly name: string }[]>;
  /** How people are let in; without it nobody signs in. */
  readonly signIn?: SignIn;
  /** Bounds what is asked, of all tenants together; without it nothing is bounded. */
  readonly limiter?: RequestLimiter;
  /** Where workers elsewhere join; without it none do. */
  readonly joining?: JoinDesk;
  /** Where browsers find this control plane, besides the loopback address: `https://sluice.example.com`. */
  readonly publicUrl?: string | null;
  /** Only whoever runs the control plane has operations on them. */
  readonly organisations?: Organisations | null;
  /** Looks at requests before the API does, and may hand them over. */
  readonly front?: ((own: RequestListener) => RequestListener) | null;
  readonly controlPlane: ControlPlane;
  readonly ledger: LedgerReader;
  /** All that can be asked of the ledger; without it there are no operations on it but to list and verify. */
  readonly audit?: AuditDesk;
  readonly clusters: ClusterRegistry;
  /** The machines of the control plane; without it there is no operation on them. */
  readonly hosts?: HostDirectory;
  /** Where notices go; without it there are no operations on it. */
  readonly channels?: ChannelRegistry;
  /** Takes in what Slack tells of pressed buttons; without it nobody listens to Slack. */
  readonly presses?: SlackPresses;
  /** Secrets that are kept encrypted; without them there are no operations on them. */
  readonly secrets?: SecretRegistry;
  /** Rules that releases have to keep to; without them there are no operations on them. */
  readonly policies?: { readonly registry: PolicyRegistry; readonly tries: PolicyTries };
  /** How many workers pools want; without it nobody tells. */
  readonly pools?: PoolFigures;
  /** Agents that no release delivers; without it there are no operations on them. */
  readonly agents?: AgentRegistry;
  /** Without it there are no operations on tasks. */
  readonly tasks?: TaskRegistry;
  /** Without it there are no operations on tools. */
  readonly tools?: ToolRegistry;
  /** Without it there are no operations on schedules. */
  readonly schedules?: ScheduleRegistry;
  /** Without it there are no operations on workflows. */
  readonly workflows?: WorkflowRegistry;
  /** What is told of tasks; without it there are no operations on it. */
  readonly news?: TaskTelling;
  /** What agents remember; without it there are no operations on it. */
  readonly memory?: AgentMemory;
  /** What is too large for a task; without it there are no operations on it. */
  readonly payloads?: Payloads;
  /** Without it there are no operations on gates. */
  readonly gates?: GateRegistry;
  /** The pages that a browser shows; without it there are none. */
  readonly dashboard?: Dashboard;
  readonly health: ApiHealth;
  readonly metrics: Metrics;
  /** Where requests come from and how long they take, as traces; without it nobody follows them. */
  readonly traces?: RequestTraces;
  readonly idempotency: IdempotencyStore;
  readonly log: Logger;
  /** What is served over gRPC, gRPC-Web and Connect (`grpc/agent-services.ts`); nothing without. */
  readonly calls?: (router: ConnectRouter) => void;
  /** Overrides of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<ApiLimits> | undefined;
}
