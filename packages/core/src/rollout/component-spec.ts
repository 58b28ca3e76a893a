import type { JsonObject } from '../kernel/json.ts';
import type { HookSpec } from '../tasks/hook-spec.ts';
import type { RetryPolicy } from '../tasks/after-failure.ts';
import type { LimitsSpec } from '../tasks/rate-limits.ts';
import type { ScheduleSpec } from '../tasks/schedule-spec.ts';
import type { PoolSpec } from '../tasks/pool-spec.ts';
import type { PriceSpec } from '../tasks/attempt-report.ts';
import type { EvaluationSpec } from '../tasks/evaluation-spec.ts';
import type { AgentTool } from '../tasks/tool-spec.ts';
import type { SandboxSpec } from '../tasks/sandbox-spec.ts';
import type { StickyKey } from '../traffic/split.ts';
import type { SecretReference } from './secret-reference.ts';
import type { StrategySpec } from './strategy-spec.ts';

/** When an instance counts as ready. */
export interface HealthSpec {
  /** HTTP path that answers 2xx when the instance is ready; null means that its port accepts connections. */
  readonly path: string | null;
  /** How long after its start an instance may take to become ready, in ms. */
  readonly withinMs: number;
  /** Time between probes of a running instance, in ms. */
  readonly intervalMs: number;
  /** How long one probe may take, in ms. */
  readonly timeoutMs: number;
  /** Consecutive failed probes after which a ready instance is not ready any more. */
  readonly failures: number;
}

/** Something outside that must be reachable before anything is started. */
export interface NeedSpec {
  readonly kind: 'tcp' | 'http' | 'postgres' | 'redis';
  /** `host:port`, a URL, or the name of an environment variable or secret of the component that holds one. */
  readonly address: string;
  readonly timeoutMs: number;
}

/** Limits of one instance; 0 means no limit. */
export interface ResourceSpec {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Which requests belong to a component. */
export interface RouteSpec {
  /** Host name without port; null means any host. */
  readonly host: string | null;
  /** Path prefix on segment borders, starting with `/`. */
  readonly path: string;
}

/** What the router does per request of a component. */
export interface RequestPolicy {
  /** How the router talks to instances. */
  readonly protocol: 'http1' | 'h2c';
  /** Longest wait for the head of the answer, in ms. */
  readonly timeoutMs: number;
  /** Largest request body, in bytes; 0 means no limit. */
  readonly maxBodyBytes: number;
}

/** Where instances run, and what they are there. */
export type Workload = ProcessWorkload | ClusterWorkload;

/** Processes of the machine that the host supervises. */
export interface ProcessWorkload {
  readonly on: 'machine';
  /** Shell command that serves HTTP on the port given in `PORT`. */
  readonly run: string;
  /** Folder that is copied into the revision and in which `run` starts; absolute. */
  readonly source: string;
}

/** Something that a cluster runs. */
export interface ClusterWorkload {
  readonly on: 'cluster';
  /** The name under which the cluster is registered. */
  readonly cluster: string;
  /** What its target, routers and metrics understand; nobody else reads it. */
  readonly settings: JsonObject;
}

/**
 * What becomes of the tasks of a revision that gets no more. `finish`: what it works on may end there while its workers last,
 * what waits goes to the revision that serves now. `retry`: all go there at once. `pin`: all stay, tries after a failure too, for
 * as long as the component's drain; what has not ended then goes as with `finish`.
 */
export const UNFINISHED_POLICIES = ['finish', 'retry', 'pin'] as const;

/** One of {@link UNFINISHED_POLICIES}. */
export type UnfinishedPolicy = (typeof UNFINISHED_POLICIES)[number];

/** What makes a component one of agents: its instances are workers, which are given tasks instead of requests. */
export interface AgentsSpec {
  readonly retry: RetryPolicy;
  /** What its work costs; nothing without. */
  readonly prices?: PriceSpec;
  /** How many of the last tasks a candidate does again when a shadow test begins; none without. */
  readonly replay?: number;
  /** Scores that are judged. */
  readonly evaluations?: readonly EvaluationSpec[];
  readonly unfinished: UnfinishedPolicy;
  /** What kind of agent it is, for people and for searches; none where it is left out. */
  readonly category?: string;
  /** What its workers can do; whatever they say themselves where it is left out. */
  readonly capabilities?: readonly string[];
  /** How many workers there are by the load; as many as instances without. */
  readonly pool?: PoolSpec;
  /** Base URL under which pods reach the control plane; on a machine the host knows it. */
  readonly server?: string;
  /** How long an attempt may take, in ms; as long as it takes where it is left out. */
  readonly timeoutMs?: number;
  /** After how long a task without a deadline is of no use, in ms; never where it is left out. */
  readonly deadlineMs?: number;
  readonly limits?: LimitsSpec;
  /** In the order of their names. */
  readonly schedules?: readonly ScheduleSpec[];
  /** Tools that its agents may call; none without. */
  readonly tools?: readonly AgentTool[];
  /** Who is asked before something happens to its tasks, and told after; nobody without. */
  readonly hooks?: readonly HookSpec[];
  /** What keeps its workers from the rest of their machine; nothing where it is left out. */
  readonly sandbox?: SandboxSpec;
}

/** One service of an application, with every default filled in. */
export interface ComponentSpec {
  readonly name: string;
  readonly workload: Workload;
  readonly instances: number;
  readonly route: RouteSpec;
  readonly request: RequestPolicy;
  readonly health: HealthSpec;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  /** Patterns of RE2; words of its logs in which one is found are shown to nobody. */
  readonly mask?: readonly string[];
  readonly needs: readonly NeedSpec[];
  readonly resources: ResourceSpec;
  /** How long an instance may finish its requests before it is killed, in ms. */
  readonly drainMs: number;
  /** Who counts as the same user, for sticky splits and for matches on `user`. */
  readonly user: StickyKey | null;
  readonly strategy: StrategySpec;
  /** Left out for a service. */
  readonly agents?: AgentsSpec;
}

/** A named check of an application. */
export type CheckSpec = { readonly name: string; readonly timeoutMs: number; readonly attempts: number } & (
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly expectStatus: number;
      readonly expectBody: string | null;
    }
  | { readonly kind: 'tcp' }
  /** Runs in the candidate's folder with `CANDIDATE_URL` (one instance) and the component's environment. */
  | { readonly kind: 'command'; readonly command: string }
);

/** One application in one environment, fully resolved: overrides merged, names looked up. */
export interface ApplicationSpec {
  readonly application: string;
  /** The project that it belongs to; where nothing is said, the one that it is in. */
  readonly project?: string;
  readonly environment: string;
  readonly components: readonly ComponentSpec[];
  readonly checks: readonly CheckSpec[];
}
