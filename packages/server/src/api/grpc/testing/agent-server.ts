import { type Logger, pino } from 'pino';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { FREE } from '@sluice/core/tasks/attempt-report.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { fakeControlPlane } from '../../testing/fake-control-plane.ts';
import { memoryClusters } from '../../testing/memory-clusters.ts';
import { memoryIdempotencyStore } from '../../testing/memory-idempotency-store.ts';
import type { AccessGuard } from '../../../access/access-guard.ts';
import type { JoinDesk } from '../../../access/joining/join-desk.ts';
import { WorkerWitnesses } from '../../../ledger/worker-witnesses.ts';
import type { Database } from '../../../store/database/open-database.ts';
import { putOutcomes } from '../../../store/tasks/task-outcomes.ts';
import { agentMemory } from '../../../memory/agent-memory.ts';
import { payloadHolder, storedPayloads } from '../../../payloads/stored-payloads.ts';
import { Dispatcher } from '../../../tasks/dispatcher.ts';
import { endDesk } from '../../../tasks/end-desk.ts';
import { keptNews } from '../../../tasks/kept-news.ts';
import { outcomeBook } from '../../../tasks/outcome-book.ts';
import { postgresTaskEngine } from '../../../tasks/postgres-task-engine.ts';
import { postgresTaskRecords } from '../../../tasks/postgres-task-records.ts';
import { DEFAULT_RETRY_BUDGET, retryBudget } from '../../../tasks/retry-budget.ts';
import { storedCheckpoints } from '../../../tasks/stored-checkpoints.ts';
import { noScores } from '../../../tasks/testing/no-scores.ts';
import { storedTasks } from '../../../tasks/stored-tasks.ts';
import { taskClock } from '../../../tasks/task-clock.ts';
import { taskDesk, type TaskDesk } from '../../../tasks/task-desk.ts';
import type { TaskEngine } from '../../../tasks/task-engine.ts';
import { newTaskId } from '../../../tasks/task-id.ts';
import { workerDesk } from '../../../tasks/worker-desk.ts';
import type { RunningTools } from '../../../tools/run-tools.ts';
import { runWorkflows } from '../../../workflows/run-workflows.ts';
import type { ApiLimits } from '../../api-limits.ts';
import { everybodyMay } from '../../testing/everybody-may.ts';
import { buildApi } from '../../build-api.ts';
import { listenOnLoopback } from '../../listen-on-loopback.ts';
import type { SharedPort } from '../../shared-port.ts';
import { noRegistry } from '../agent-directory.ts';
import { agentServices, type AgentServicesPorts } from '../agent-services.ts';
import { WorkSessions } from '../work-sessions.ts';

/** Everything of a server that tasks and workers need, over a real store and a real port. */
export interface AgentServer {
  readonly url: string;
  /** What it listens with. */
  readonly port: SharedPort;
  readonly engine: TaskEngine;
  readonly dispatcher: Dispatcher;
  readonly desk: TaskDesk;
  readonly sessions: WorkSessions;
  /** What its health is told as. */
  setReady(isReady: boolean | 'failing'): void;
  stop(): Promise<void>;
}

/** What a test server is like. */
export interface AgentServerOptions {
  readonly db: Database;
  readonly tenant?: string;
  readonly queue: TrackId;
  /** The first one gets every task until another split is dealt. */
  readonly revisions: readonly [RevisionId, ...RevisionId[]];
  /** What its workers may say that they can do; anything without. */
  readonly declared?: readonly string[];
  readonly leaseMs?: number;
  /** How often a task may fail, or be lost with its worker. */
  readonly maxFailures?: number;
  readonly stallMs?: number;
  readonly limits?: Partial<ApiLimits>;
  /** What its agents may call; nothing without. */
  readonly tools?: RunningTools;
  /** Who may do what; everybody everything without. */
  readonly access?: AccessGuard;
  /** Where workers elsewhere join; none do without. */
  readonly joining?: JoinDesk;
  /** Notes workers that are witnesses of the ledger. */
  readonly witnesses?: WorkerWitnesses;
}

/** Starts a server for tests; stop it. */
export async function startAgentServer(options: AgentServerOptions): Promise<AgentServer> {
  const { db, queue, revisions, tenant = 'default', leaseMs = 3_000, stallMs = 5_000 } = options;
  const log: Logger = pino({ level: 'silent' });
  const { maxFailures = DEFAULT_RETRY_POLICY.maxFailures, witnesses = new WorkerWitnesses() } = options;
  const shape = { log, leaseMs, maxFailures, tenant, queue };
  const { engine, outcomes, served, workers, desk, clock } = tasksOf(db, shape);
  const sessions = new WorkSessions();
  const news = keptNews(db, { now: Date.now, failed: () => undefined });
  let isReady: boolean | 'failing' = true;
  await engine.deal(tenant, { queue, generation: 1, split: wholeTo(revisions[0]) });
  const tasks = storedTasks(tenant, {
    ...{ records: postgresTaskRecords(db), desk, scores: noScores, elapsedMs: () => performance.now() },
    workers: {
      connected: () => served.connected(),
      drain: (of, worker) => sessions.drainWorker(of, worker),
    },
    taken: (of, at) => served.wake(of, at),
    revoked: (id) => served.revoked(id),
  });
  const workflows = runWorkflows(
    {
      mailBytes: async () => 0,
      ...{ db, log, make: desk.make, newId: () => newTaskId(Date.now()), now: Date.now },
      taken: (of, at) => served.wake(of, at),
      revoked: (id) => served.revoked(id),
    },
    tenant,
  );
  const api = buildApi({
    ...stage(log),
    access: options.access ?? everybodyMay(),
    ...(options.joining && { joining: options.joining }),
    tasks,
    ...(options.tools && { tools: options.tools.registry }),
    limits: options.limits,
    calls: agentServices({
      ...{ workflows: workflows.registry, team: workflows.team },
      ...{ tenant, sessions, leaseMs, stallMs, news, witnesses },
      ...{ desk: options.tools?.around(workers) ?? workers, ...(options.tools && { tools: options.tools }) },
      registry: noRegistry,
      checkpoints: storedCheckpoints(db),
      memory: agentMemory({ db, tenant, usedBytes: async () => 0 }),
      payloads: storedPayloads(db, tenant, { newId: () => newTaskId(Date.now()), usedBytes: async () => 0 }),
      isReady: async () => {
        assert(isReady !== 'failing', 'it is made to fail');
        return isReady;
      },
      watchEveryMs: 20,
      tasks,
      agents: oneAgent(options),
    }),
  });
  const { url } = await listenOnLoopback(api, { port: 0 });
  return {
    ...{ url, engine, dispatcher: served, desk, sessions },
    port: api.server as unknown as SharedPort,
    setReady: (ready) => {
      isReady = ready;
    },
    stop: async () => {
      await api.close();
      await workflows.close();
      served.close();
      await clock.stop();
      await outcomes.close();
      await news.close();
    },
  };
}

/** The one agent that there is. */
const oneAgent = ({ queue, revisions, declared }: AgentServerOptions): AgentServicesPorts['agents'] => ({
  list: async () => [agentOf(queue)],
  get: async (id) => (id === queue ? agentOf(queue) : null),
  revision: async (id, revision) =>
    id === queue && revisions.includes(revision) ? { declared: declared ?? null } : null,
});

/** What hands tasks out and takes their ends. */
function tasksOf(
  db: Database,
  {
    log,
    leaseMs,
    maxFailures,
    tenant,
    queue,
  }: {
    readonly log: Logger;
    readonly leaseMs: number;
    readonly maxFailures: number;
    readonly tenant: string;
    readonly queue: TrackId;
  },
) {
  const engine = postgresTaskEngine(db);
  const outcomes = outcomeBook({
    write: (of, seconds) => putOutcomes(db, of, `server ${Math.random()}`, seconds),
    failed: () => undefined,
  });
  const served = new Dispatcher({ engine, log, leaseMs });
  const retry = { ...DEFAULT_RETRY_POLICY, maxFailures, initialMs: 10 };
  const shared = {
    outcomes,
    budget: retryBudget(DEFAULT_RETRY_BUDGET),
    policyOf: async () => ({ retry, prices: FREE }),
    now: Date.now,
    chance: Math.random,
  };
  return {
    ...{ engine, outcomes, served },
    workers: workerDesk({ ...shared, dispatcher: served, ends: endDesk(engine) }),
    desk: taskDesk({
      ...{ engine, now: Date.now, hold: payloadHolder(db) },
      taken: (of, at) => served.wake(of, at),
    }),
    clock: taskClock({ ...shared, engine, leaseMs, log, due: () => served.wake(tenant, queue) }),
  };
}

const agentOf = (queue: TrackId) => ({
  ...({
    id: queue,
    name: 'agent',
    category: 'support',
    status: 'inactive',
    capabilities: ['triage'],
    configuration: { model: 'none' },
  } as const),
  ...{ createdAt: 0, updatedAt: 0 },
});

/** What else an API has, and what no task needs. */
const stage = (log: Logger) => ({
  log,
  controlPlane: fakeControlPlane(),
  ledger: {
    page: async () => ({ items: [], next: null }),
    verify: async () => ({ entries: 0, intact: true, firstFault: null }),
  },
  clusters: memoryClusters(),
  health: { probes: [], started: () => true },
  idempotency: memoryIdempotencyStore(),
  metrics: createMetrics({ processMetrics: false }),
});
