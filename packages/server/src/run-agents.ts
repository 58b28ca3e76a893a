/**
 * Purpose: wires everything that agents need: tasks over the store, workers over gRPC, and the places of their components.
 *
 * Owns what it starts, until it is closed. Beside run-server.ts, which wires the rest, the only file that knows so many.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ApiParts } from './api/api-parts.ts';
import type { WorkerDoors } from './api/worker-doors.ts';
import { type AgentRegistry, noSuchAgent } from './api/grpc/agent-directory.ts';
import { agentServices } from './api/grpc/agent-services.ts';
import { WorkSessions } from './api/grpc/work-sessions.ts';
import { componentVariables, type ReadKeptSecret, readToolSecrets } from './checks/component-variables.ts';
import { trackFrom } from './loop/postgres-track-store.ts';
import type { TrackStore } from './loop/track-store.ts';
import type { WorkerWitnesses } from './ledger/worker-witnesses.ts';
import { agentMemory } from './memory/agent-memory.ts';
import { taskMetrics } from './metrics/tasks/task-metrics.ts';
import { payloadHolder, storedPayloads } from './payloads/stored-payloads.ts';
import type { GuardedOutgoing } from './outgoing/guarded-outgoing.ts';
import type { PlacesParts } from './places/places.ts';
import type { HostClient } from './host-client/host-client.ts';
import { GivenTasks } from './pools/given-tasks.ts';
import { type RunningPools, runPools } from './pools/run-pools.ts';
import { storedWorkerTokens } from './access/workers/worker-tokens.ts';
import { admittedTarget } from './targets/admitted-target.ts';
import { pinnedTarget } from './targets/pinned-target.ts';
import { taskRouter } from './routing/tasks/task-router.ts';
import { runSchedules, type RunningSchedules } from './schedules/run-schedules.ts';
import { listen } from './store/database/listen.ts';
import { type Database, pingDatabase } from './store/database/open-database.ts';
import { memoryBytes } from './store/memory/read-memory.ts';
import { mailBytes } from './store/workflows/agent-messages.ts';
import { appendLedger } from './store/journal/append-journal.ts';
import { payloadBytes } from './store/payloads/payloads.ts';
import { type AgentTrackRow, listAgentTracks } from './store/tasks/agent-tracks.ts';
import { QUEUES_CHANNEL } from './store/tasks/announce-queues.ts';
import { condemnedRevisions, condemnedTasks } from './store/tasks/condemned-tasks.ts';
import { hasPinned, moveTasks } from './store/tasks/move-tasks.ts';
import { listOutcomes } from './store/tasks/task-outcomes.ts';
import type { RevisionRecord } from './targets/revision-record.ts';
import type { Dispatcher } from './tasks/dispatcher.ts';
import { type RunningTools, runTools } from './tools/run-tools.ts';
import { keptNews } from './tasks/kept-news.ts';
import { ledgeredTasks } from './tasks/ledgered-tasks.ts';
import { postgresTaskRecords } from './tasks/postgres-task-records.ts';
import { registeredAgents } from './tasks/registered-agents.ts';
import { rememberedFor } from './tasks/remembered-for.ts';
import { newTaskId } from './tasks/task-id.ts';
import { storedCheckpoints } from './tasks/stored-checkpoints.ts';
import { type RunningWorkflows, runWorkflows } from './workflows/run-workflows.ts';
import { type RunningTasks, runTasks } from './tasks/run-tasks.ts';
import { announcedQueue } from './tasks/task-bell.ts';
import type { TaskWatch } from './tasks/task-watch.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { type AgentTrack, storedAgents } from './tasks/stored-agents.ts';
import { taskTelling } from './tasks/task-telling.ts';
import type { TaskNews } from './tasks/task-news.ts';
import { type SecondChances, secondChances } from './tasks/second-chances.ts';
import { storedTasks } from './tasks/stored-tasks.ts';

/** What agents are wired with. */
export interface AgentParts {
  readonly db: Database;
  readonly url: string;
  readonly tenant: string;
  /** Names this server in what it writes. */
  readonly holder: string;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly store: Pick<TrackStore, 'revision'>;
  /** Null: this server runs nothing on a machine. */
  readonly host: HostClient | null;
  readonly metrics: Pick<Metrics, 'attempts' | 'agentsFrom' | 'breakersFrom'>;
  readonly signal: AbortSignal;
  /** Workers that keep heads of the ledger. */
  readonly witnesses: WorkerWitnesses;
  /** The machine of the control plane is not the tenant's. */
  readonly isForeign: boolean;
  /** The variables that components and tools may refer to. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Reads secrets that lie neither in files nor in the environment. */
  readonly readKept: ReadKeptSecret;
  /** The way out to tools and hooks. */
  readonly outgoing: Pick<GuardedOutgoing, 'lines' | 'check'>;
}

/** Agents that are served. */
export interface RunningAgents {
  readonly place: PlacesParts['agents'];
  /** Where workers ask for tasks; empty until the server listens. */
  workerUrl(): string;
  /** The socket at which workers of a track are served that have no network. */
  workerSocket(track: TrackId): Promise<string>;
  /** Every track of agents that there is. */
  tracks(): Promise<readonly TrackId[]>;
  /** The server listens on this port, and opens doors for workers without a network, from now on. */
  listensOn(port: number, doors: Pick<WorkerDoors, 'open'>): void;
  readonly api: Required<
    Pick<
      ApiParts,
      | 'agents'
      | 'tasks'
      | 'tools'
      | 'calls'
      | 'memory'
      | 'payloads'
      | 'news'
      | 'schedules'
      | 'pools'
      | 'workflows'
    >
  >;
  close(): Promise<void>;
}

/** How old what is known of the size of memory and payloads may be, in ms. */
const MEASURED_FOR_MS = 5_000;

/** Starts to take tasks in, and to serve workers once the API listens. */
export function runAgents(parts: AgentParts): RunningAgents {
  const { db, url, store, signal } = parts;
  const given = new GivenTasks();
  const sessions = new WorkSessions();
  const tasks = runTasks({
    ...parts,
    watch: watchOf(parts, given, () => workflows.ended()),
    hold: payloadHolder(db),
    revision: (tenant, track, id) => store.revision(tenant, track, id),
  });
  const tools = toolsOf(parts, tasks);
  const news = newsOf(parts);
  const workflows: RunningWorkflows = workflowsOf(parts, tasks, news);
  const schedules = schedulesOf(parts, tasks);
  const chances = chancesOf(parts, tasks);
  const pools = poolsOf(parts, tasks, { given, sessions });
  const announced = listen({
    ...{ url, channel: QUEUES_CHANNEL, signal },
    onNotify: (payload) => {
      tasks.heard(payload);
      const announced = announcedQueue(payload);
      if (announced?.tenant === parts.tenant) pools.heard(announced.queue);
    },
    onListening: () => tasks.wakeAll(),
  });
  let workerUrl = '';
  let doors: Pick<WorkerDoors, 'open'> | null = null;
  return {
    place: placeOf(db, parts, tasks),
    workerUrl: () => workerUrl,
    tracks: async () => (await listAgentTracks(db, parts.tenant)).map(({ id }) => id),
    workerSocket: (track) => doors?.open(track) ?? notYet(),
    listensOn: (port, opened) => {
      workerUrl = `http://127.0.0.1:${port}`;
      doors = opened;
    },
    api: {
      ...apiOf(parts, tasks, { news, sessions, workflows, tools }),
      schedules: schedules.registry,
      pools,
    },
    close: async () => {
      await tools.close();
      await pools.close();
      await schedules.close();
      await chances.close();
      await workflows.close();
      await tasks.close();
      await news.close();
      await announced;
    },
  };
}

/** For so long after a release was taken back its last workers may still lose tasks, in ms. */
const CONDEMNED_FOR_MS = 600_000;

/** Tasks that a bad release has failed. */
const chancesOf = ({ db, tenant, log }: AgentParts, { taken }: RunningTasks): SecondChances =>
  secondChances(tenant, {
    ...{ log, taken, records: postgresTaskRecords(db) },
    condemned: () => condemnedRevisions(db, tenant, CONDEMNED_FOR_MS),
    letters: (revision, limit) => condemnedTasks(db, tenant, { ...revision, limit }),
  });

/** Counts what workers are given, and how attempts end. */
const watchOf = (
  { metrics: { attempts }, now }: AgentParts,
  given: GivenTasks,
  ended: () => void,
): TaskWatch => ({
  given: (tasks) => {
    given.note(tasks);
    for (const task of tasks) if (task.attempt === 1) attempts.began(task, now() - task.createdAt);
  },
  ended: (outcome) => {
    ended();
    attempts.ended(outcome, {
      hasFailed: outcome.failureClass !== null,
      durationMs: outcome.durationMs,
    });
  },
});

/** Asks how much a tenant keeps of something, every few seconds at most. */
const measuredIn =
  (db: Database, tenant: string) =>
  (read: typeof memoryBytes): (() => Promise<number>) => {
    const elapsedMs = () => performance.now();
    const remembered = rememberedFor({ forMs: MEASURED_FOR_MS, elapsedMs, read: () => read(db, tenant) });
    return () => remembered('');
  };

/** Tasks that wait for others. */
function workflowsOf(
  { db, tenant, log, now }: AgentParts,
  { desk, dispatcher, taken }: RunningTasks,
  news: TaskNews,
): RunningWorkflows {
  const ports = {
    ...{ db, log, now, taken, make: desk.make, newId: () => newTaskId(now()) },
    mailBytes: measuredIn(db, tenant)(mailBytes),
    hold: (database: Database, of: string, uses: Parameters<ReturnType<typeof payloadHolder>>[1]) =>
      payloadHolder(database)(of, uses),
    revoked: (id: string) => {
      dispatcher.revoked(id);
      news.changed(tenant, id);
    },
  };
  return runWorkflows(ports, tenant);
}

/** How old what tracks order may be for pools, in ms. */
const TRACKS_FOR_MS = 1_500;

/** As many workers as the load needs. */
function poolsOf(
  parts: AgentParts,
  { dispatcher }: RunningTasks,
  { given, sessions }: { readonly given: GivenTasks; readonly sessions: WorkSessions },
): RunningPools {
  const { db, tenant, store } = parts;
  const tracks = rememberedFor({
    ...{ forMs: TRACKS_FOR_MS, elapsedMs: () => performance.now() },
    read: async () => (await listAgentTracks(db, tenant)).map(trackFrom),
  });
  return runPools({
    tracks: () => tracks(''),
    ...{ ...parts, dispatcher, given },
    revision: (queue, revision) => store.revision(tenant, queue, revision),
    drain: (worker) => void sessions.drainWorker(tenant, worker),
  });
}

/** A server that has just started does not listen yet; the order is given again. */
const notYet = (): never => {
  throw new SluiceError('unreachable', 'the control plane does not listen for workers yet', {
    next: 'retry',
  });
};

/** Where tasks are dealt, and where what comes of them is counted. */
const placeOf =
  (db: Database, { tenant, now }: AgentParts, { engine, shadows }: RunningTasks): PlacesParts['agents'] =>
  ({ agents: { unfinished, evaluations = [], replay = 0, sandbox }, drainMs }, place) => {
    // Whoever comes through a socket of its own needs nothing more.
    const tokens = sandbox?.network === 'none' ? undefined : place.tokens;
    const admitted = tokens
      ? admittedTarget(place.target, (track) => storedWorkerTokens(db, tenant, now).ensure(track, tokens))
      : place.target;
    return {
      tokens,
      target: pinnedTarget(admitted, (queue, revision) => hasPinned(db, tenant, { queue, revision })),
      router: taskRouter({
        deal: (queue) => engine.deal(tenant, queue),
        dealt: (queue) => engine.dealt(tenant, queue),
        move: (left) => moveTasks(db, tenant, left),
        ...(replay > 0 && { replay: (queue: TrackId) => shadows.replay(tenant, queue, replay) }),
        unfinished,
        pinMs: drainMs,
      }),
      metrics: taskMetrics({
        read: (queue, span) => listOutcomes(db, tenant, { queue, ...span }),
        ...{ now, evaluations },
      }),
    };
  };

function newsOf({ db, log, now }: AgentParts): TaskNews {
  return keptNews(db, {
    now,
    failed: (thrown) =>
      log.warn({ reason: SluiceError.from(thrown, 'keeping what tasks tell').message }, 'news were lost'),
  });
}

/** What agents may call, and who is asked before something happens. */
function toolsOf(parts: AgentParts, { scores }: RunningTasks): RunningTools {
  const { store, now, log } = parts;
  return runTools({
    ...{ ...parts, elapsedMs: () => performance.now() },
    newId: () => newTaskId(now()),
    revision: (tenant, queue, id) => store.revision(tenant, queue, id),
    variablesOf: (component) => componentVariables(component, parts.environment, parts.readKept),
    readSecrets: (secrets) => readToolSecrets(secrets, parts.environment, parts.readKept),
    scored: (tenant, { taskId, hook }, given) =>
      void scores
        .score(tenant, { task: taskId, source: `hook ${hook}`, scores: given })
        .catch((thrown: unknown) => {
          const { message: reason } = SluiceError.from(thrown, `scoring the task ${taskId}`);
          log.warn({ reason }, 'scores of a hook were lost');
        }),
  });
}

/** Tasks that come by the clock. */
function schedulesOf(parts: AgentParts, { desk }: RunningTasks): RunningSchedules {
  const { db, tenant, store } = parts;
  return runSchedules({
    ...parts,
    desk,
    tracks: async () =>
      (await listAgentTracks(db, tenant)).map((row) => ({ id: row.id, stable: trackFrom(row).stable })),
    declared: async (track, revision) =>
      (await store.revision(tenant, track, revision))?.component.agents?.schedules ?? [],
  });
}

function apiOf(
  parts: AgentParts,
  running: RunningTasks,
  {
    news,
    sessions,
    workflows,
    tools,
  }: {
    readonly news: TaskNews;
    readonly sessions: WorkSessions;
    readonly workflows: RunningWorkflows;
    readonly tools: RunningTools;
  },
): Omit<RunningAgents['api'], 'schedules' | 'pools'> {
  const { db, tenant, now } = parts;
  const { dispatcher, desk, taken, workers, leaseMs } = running;
  const agents = agentsOf(parts, dispatcher);
  const records = postgresTaskRecords(db);
  const stored = storedTasks(tenant, {
    ...{ desk, taken, records, scores: running.scores, waiting: running.waiting },
    elapsedMs: () => performance.now(),
    revoked: (id) => {
      dispatcher.revoked(id);
      news.changed(tenant, id);
    },
    workers: {
      connected: () => dispatcher.connected(),
      drain: (of, worker) => sessions.drainWorker(of, worker),
    },
  });
  const tasks = ledgeredTasks(stored, {
    now,
    append: (entry) => db.transaction().execute((transaction) => appendLedger(transaction, tenant, [entry])),
  });
  const measured = measuredIn(db, tenant);
  const memory = agentMemory({ db, tenant, usedBytes: measured(memoryBytes) });
  const newId = () => newTaskId(now());
  const payloads = storedPayloads(db, tenant, { newId, usedBytes: measured(payloadBytes) });
  const calls = agentServices({
    ...{ tenant, sessions, leaseMs, desk: tools.around(workers), tools, tasks, news },
    ...{ workflows: workflows.registry, team: workflows.team },
    ...{ memory, payloads, checkpoints: storedCheckpoints(db), witnesses: parts.witnesses },
    isReady: () => pingDatabase(db).then(() => true),
    ...{ agents: agents.directory, registry: agents.registry },
  });
  return {
    agents: agents.registry,
    tasks,
    tools: tools.registry,
    calls,
    memory,
    payloads,
    workflows: workflows.registry,
    news: taskTelling(db, tenant, news),
  };
}

/** The agents that there are, by what is stored and who is connected. */
function agentsOf({ db, tenant, now, store }: AgentParts, dispatcher: Pick<Dispatcher, 'connected'>) {
  const trackOf = ({ spec, createdAt, updatedAt, ...row }: AgentTrackRow): AgentTrack => {
    const { component } = spec as RevisionRecord;
    return { id: row.id, state: trackFrom(row), component, createdAt, updatedAt };
  };
  const track = async (id: TrackId) => (await listAgentTracks(db, tenant, id)).map(trackOf)[0] ?? null;
  const registered = registeredAgents({
    ...{ db, tenant, now },
    isDelivered: async (id) => (await track(id)) !== null,
  });
  const directory = storedAgents({
    tracks: async () => (await listAgentTracks(db, tenant)).map(trackOf),
    track,
    registered,
    revision: (id, revision) => store.revision(tenant, id, revision),
    connected: () => dispatcher.connected(),
  });
  /** As they are shown, with who is connected. */
  const shown = async (result: Result<{ readonly id: TrackId }>) => {
    const agent = result.ok ? await directory.get(result.value.id) : null;
    if (!result.ok) return result;
    return agent ? ok(agent) : noSuchAgent(result.value.id);
  };
  const registry: AgentRegistry = {
    list: () => directory.registered(),
    create: async (agent) => shown(await registered.create(agent)),
    update: async (agent) => shown(await registered.update(agent)),
    remove: (id) => registered.remove(id),
  };
  return { directory, registry };
}
