/**
 * Purpose: the composition root of the control plane, the only place that knows every part. No logic, only wiring.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId, type RevisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, refuse } from '@sluice/core/kernel/result.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { adminTokenFile } from '@sluice/protocol/process/admin-token.ts';
import { mayReach } from '@sluice/core/traffic/split.ts';
import { compileExpr } from '@sluice/kubernetes/expr/compile-expr.ts';
import type { ExprValue } from '@sluice/kubernetes/expr/expr-value.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { DEFAULT_PACE } from '@sluice/core/rollout/decide.ts';
import { ensureFirstToken } from './access/first-token.ts';
import { storedIdentities } from './access/identities.ts';
import { storedGuard } from './access/stored-guard.ts';
import { buildApi } from './api/build-api.ts';
import { listenOnLoopback } from './api/listen-on-loopback.ts';
import { openWorkerDoors } from './api/worker-doors.ts';
import { bundleStore, SOURCE_LIMITS, type BundleStore } from './bundles/bundle-store.ts';
import { wayToPods } from './checks/ask-pods.ts';
import type { CheckRunner } from './checks/check-runner.ts';
import { componentVariables } from './checks/component-variables.ts';
import { localCheckRunner } from './checks/local-check-runner.ts';
import { credentialsOf } from './clusters/known-clusters.ts';
import { openClusters, type OpenClusters } from './clusters/open-clusters.ts';
import { releaseRehearsal } from './clusters/rehearse-releases.ts';
import type { ReleaseRehearsal } from './clusters/release-rehearsal.ts';
import { registeredCredentials, storedClusters } from './clusters/stored-clusters.ts';
import { hostClient, type HostClient } from './host-client/host-client.ts';
import { hostFigures } from './host-client/host-figures.ts';
import { hostSocket } from './host-client/host-socket.ts';
import { storedIdempotency } from './idempotency/stored-idempotency.ts';
import { openAccess } from './kubernetes/credentials/open-access.ts';
import { openCluster } from './kubernetes/open-cluster.ts';
import { type RunningAgents, runAgents } from './run-agents.ts';
import { storedLedger } from './ledger/stored-ledger.ts';
import { checkDesk } from './loop/check-desk.ts';
import { deliveryWorld } from './loop/delivery-world.ts';
import { loopInstruments } from './loop/loop-instruments.ts';
import { startLoop, type Loop } from './loop/loop.ts';
import { postgresTrackStore } from './loop/postgres-track-store.ts';
import { recordingWorld } from './loop/recording-world.ts';
import { storedBaselines } from './loop/stored-baselines.ts';
import { trackPlaces } from './loop/track-places.ts';
import { wokenTracks } from './loop/woken-tracks.ts';
import { trafficRecorder } from './loop/traffic-recorder.ts';
import { webQuestions } from './measurements/ask-web.ts';
import { measurementDesk } from './measurements/measurement-desk.ts';
import type { CompileCondition } from './measurements/measurement-ports.ts';
import { prometheusQuestions } from './metrics/prometheus/prometheus-questions.ts';
import { prometheusMetrics } from './metrics/prometheus/prometheus-metrics.ts';
import { uncounted } from './metrics/uncounted.ts';
import { hostMetrics } from './metrics/host/host-metrics.ts';
import { clusterPlaces, type ClusterComponent } from './places/cluster-place.ts';
import { noMachine } from './places/no-machine.ts';
import { ASKING_ON_MACHINE, placesOf, type Place, type Places } from './places/places.ts';
import { examiningGate } from './policies/examining-gate.ts';
import { policyTries } from './policies/policy-tries.ts';
import { policiesInForce, storedPolicies } from './policies/stored-policies.ts';
import { policyExaminer } from './policies/thread/policy-examiner.ts';
import { retentionDuty } from './retention/retention-duty.ts';
import { deliveryControlPlane } from './rollouts/delivery-control-plane.ts';
import { attentiveWorld } from './rollouts/attentive-world.ts';
import { GenerationKeeper } from './rollouts/generation-keeper.ts';
import { postgresDeliveryRecords } from './rollouts/postgres-delivery-records.ts';
import { postgresRouteClaims } from './rollouts/postgres-route-claims.ts';
import { RefusedOrders } from './rollouts/refused-orders.ts';
import { claimWords } from './rollouts/route-claims.ts';
import { writeBell } from './rollouts/write-bell.ts';
import { clusterRouter, clusterRouterCapabilities } from './routing/cluster/cluster-router.ts';
import { rehearseRoutes } from './routing/cluster/rehearse-routes.ts';
import { hostRouter } from './routing/host/host-router.ts';
import type { ServerArguments } from './server-arguments.ts';
import { listen } from './store/database/listen.ts';
import { openDatabase, pingDatabase, type Database } from './store/database/open-database.ts';
import { startEmbeddedPostgres } from './store/embedded/start-embedded-postgres.ts';
import { migrate } from './store/migrations/migrate.ts';
import { listBundlesInUse } from './store/revisions/bundles-in-use.ts';
import { allocateRolloutId } from './store/rollouts/rollouts.ts';
import { listRegisteredAgents } from './store/tasks/registered-agents.ts';
import { rolloutsUnderWay } from './store/stock/rollouts-under-way.ts';
import { raiseVersion } from './store/tracks/raise-version.ts';
import { TRACKS_CHANNEL, wakeTracks } from './store/tracks/wake-track.ts';
import { readKept } from './targets/kubernetes/read-kept.ts';
import { rehearsePool } from './targets/kubernetes/rehearse-pool.ts';
import { rehearsePod, rehearseRevision } from './targets/kubernetes/rehearse-revision.ts';
import { hearOfPods } from './targets/kubernetes/pod-news.ts';
import { runTask } from './targets/kubernetes/run-task.ts';
import { kubernetesTarget } from './targets/kubernetes/kubernetes-target.ts';
import { localTarget } from './targets/local/local-target.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { openTracing } from './telemetry/tracing/open-tracing.ts';
import { traceRollouts } from './telemetry/tracing/trace-rollouts.ts';

/** Until there are organisations, everything belongs to one tenant. */
const TENANT = 'default';
/** Tracks that are worked on at once; the work is waiting for hosts and the store. */
const CONCURRENCY = 64;
/** A replica that dies with a track in hand is replaced after this. */
const LEASE_MS = 10_000;
/** Wakes come by notification; this is for what falls due by time. */
const POLL_MS = 100;
/** A loop that has not looked for so long is not ready. */
const LOOP_SILENCE_MS = 10_000;

/** A running control plane. */
export interface Server {
  readonly apiPort: number;
  /** Ends in order; hosts and the embedded database go on. */
  close(): Promise<void>;
}

/** Starts everything and resolves when the API answers. */
export async function runServer(args: ServerArguments, log: Logger): Promise<Server> {
  const ending = new AbortController();
  const url =
    args.databaseUrl ??
    (await startEmbeddedPostgres({ directory: join(args.directory, 'postgres') })).connectionString;
  const db = openDatabase(url);
  const migrations = await migrate(db);
  const { hostDirectory } = args;
  const host = hostDirectory === null ? null : hostClient(await hostSocket(hostDirectory, ending.signal));
  const bundles = bundleStore(join(args.directory, 'bundles'), {
    limits: { ...SOURCE_LIMITS, ownFolder: args.directory },
  });
  log.info({ migrations, directory: args.directory }, 'the store is ready');
  const path = adminTokenFile(args.directory);
  if (await ensureFirstToken(db, { path, holder: hostname(), now }))
    log.info({ path }, 'a token of the role admin was written');
  const clusters = openClusters({
    credentialsOf: (name) =>
      credentialsOf(name, (known) => registeredCredentials(db, TENANT, known), process.env),
    open: (name, credentials) => openCluster({ name, credentials, log }),
    now,
  });
  const plane = await startPlane({ args, log, db, url, host, bundles, clusters, signal: ending.signal });
  return {
    apiPort: plane.apiPort,
    close: async () => {
      ending.abort();
      await plane.close();
      await clusters.close();
      await host?.close();
      await db.destroy();
    },
  };
}

interface PlaneParts {
  readonly args: ServerArguments;
  readonly log: Logger;
  readonly db: Database;
  readonly url: string;
  /** Null: it serves clusters alone. */
  readonly host: HostClient | null;
  readonly bundles: BundleStore;
  readonly clusters: OpenClusters;
  readonly signal: AbortSignal;
}

async function startPlane(parts: PlaneParts): Promise<Server> {
  const { args, log, db, host, bundles, signal } = parts;
  const holder = `${hostname()} ${process.pid} ${randomUUID()}`;
  const metrics = createMetrics();
  metrics.rolloutsFrom((limit) => rolloutsUnderWay(db, limit));
  if (host) metrics.hostFrom(() => hostFigures(host));
  const bell = writeBell();
  const tracing = await openTracing(process.env, { version: manifest.version, log });
  const delivery = startDelivery(parts, { holder, metrics });
  const { loop, desk, measurements, questions, agents, ...doors } = delivery;
  const ring = (): void => {
    loop.wake();
    bell.ring();
  };
  const listening = listen({
    url: parts.url,
    channel: TRACKS_CHANNEL,
    onNotify: (track) => (track === '' ? bell.ring() : ring()),
    onListening: ring,
    signal,
  });
  const examiner = policyExaminer();
  const gate = examiningGate({ inForce: () => policiesInForce(db, TENANT), examiner });
  const controlPlane = deliveryControlPlane({
    ...doors,
    tenant: TENANT,
    records: postgresDeliveryRecords(db, TENANT, bell),
    bundles,
    now,
    rehearse: rehearsalIn(parts.clusters),
    policies: gate,
    isRegisteredAgent: async (id) => (await listRegisteredAgents(db, TENANT, id)).length > 0,
    newRolloutId: () => allocateRolloutId(db),
    currentTrace: () => tracing.requests.current(),
    wakeLoop: ring,
  });
  const access = storedGuard({ db, anonymous: args.anonymous, identities: storedIdentities(db, now) });
  const api = buildApi({
    access,
    controlPlane,
    ledger: storedLedger(db, TENANT),
    clusters: storedClusters(db, TENANT, {
      open: (name) => parts.clusters.named(name),
      check: (credentials) => openAccess(credentials, now),
      claimWords,
      now,
    }),
    policies: { registry: storedPolicies(db, TENANT, now), tries: policyTries(gate) },
    ...agents.api,
    metrics,
    traces: tracing.requests,
    log,
    idempotency: storedIdempotency(db, TENANT, now),
    health: { started: () => true, probes: probesOf(db, host, loop) },
  });
  const { port } = await listenOnLoopback(api, { port: args.apiPort });
  const workerDoors = await openWorkerDoors({ ...agents.api, log }, args.directory, await agents.tracks());
  agents.listensOn(port, workerDoors);
  const wait = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const { sender } = tracing;
  const counted = (outcome: string, spans: number): void => metrics.traceSpans.inc({ outcome }, spans);
  const tracingRollouts =
    sender && traceRollouts({ db, tenant: TENANT, holder, sender, log, counted, wait, signal });
  const retention = retentionDuty({
    db,
    holder,
    now,
    log,
    signal,
    pruneBundles: async () => bundles.prune(await listBundlesInUse(db)),
    wait,
  });
  return {
    apiPort: port,
    close: async () => {
      await Promise.all([api.close(), workerDoors.close()]);
      await loop.stop();
      await agents.close();
      await Promise.all([desk.stop(), measurements.stop()]);
      await questions.close();
      await examiner.close();
      await Promise.all([listening, retention, tracingRollouts]);
      await tracing.close();
    },
  };
}

/** The ports of this machine, and the loop over them. */
function startDelivery(
  { args, log, db, url, host, clusters, signal }: PlaneParts,
  { holder, metrics }: { readonly holder: string; readonly metrics: Metrics },
) {
  const unreadable = (failure: SluiceError): void =>
    log.error({ reason: failure.message }, 'a track cannot be read by this build');
  const storeIn = (within: Database) => postgresTrackStore({ db: within, holder, now, unreadable });
  const store = storeIn(db);
  const routes = postgresRouteClaims(db, storeIn);
  const wake = { loop: (): void => undefined };
  const news = newsOf({ db, log }, () => wake.loop());
  const agents = runAgents({
    ...{ db, url, tenant: TENANT, holder, log, now, store, signal, host, metrics },
  });
  const places = wirePlaces({ host, clusters, log, news, agents });
  const whereabouts = trackPlaces(store, places);
  const baselines = storedBaselines(db, whereabouts, now);
  const runner = checkRunner(clusters);
  const desk = checkDesk({ runner, places, store, now, log, recorded: () => wake.loop() });
  const { measurements, questions } = openMeasurements(() => wake.loop());
  const orders = new RefusedOrders();
  const keeper = new GenerationKeeper({
    raise: (tenant, raise) => raiseVersion(db, tenant, raise),
    now,
    log,
  });
  const delivery = deliveryWorld({
    store,
    trackPlaces: whereabouts,
    baselines,
    checks: desk,
    measurements,
    now,
    log,
  });
  const world = recordingWorld(
    attentiveWorld(delivery, { orders, keeper, now, log }),
    trafficRecorder(db, whereabouts, now),
    log,
  );
  const loop = startLoop({
    store,
    world,
    now,
    log,
    holder,
    pace: { ...DEFAULT_PACE, activeMs: args.activeMs },
    instruments: loopInstruments(metrics),
    ordersDone: news,
    concurrency: CONCURRENCY,
    leaseMs: LEASE_MS,
    pollMs: POLL_MS,
  });
  wake.loop = () => loop.wake();
  return {
    loop,
    desk,
    measurements,
    questions,
    store,
    routes,
    orders,
    places,
    baselines,
    checks: runner,
    world,
    agents,
  };
}

/** Has tracks looked at of which something was heard. */
const newsOf = ({ db, log }: Pick<PlaneParts, 'db' | 'log'>, ring: () => void) =>
  wokenTracks({
    wake: (tracks) => wakeTracks(db, TENANT, { tracks, now: now() }),
    ring,
    failed: (thrown) =>
      log.warn({ reason: SluiceError.from(thrown, 'waking tracks').message }, 'tracks were not woken'),
  });

interface WiredPlaces extends Pick<PlaneParts, 'host' | 'clusters' | 'log'> {
  readonly agents: RunningAgents;
  /** Told whose pods have changed. */
  readonly news: (track: TrackId) => void;
}

/** Where components run: this machine, and every cluster that a file names. */
function wirePlaces({ host, clusters, log, news, agents }: WiredPlaces): Places {
  return placesOf({
    agents: agents.place,
    machine:
      host === null
        ? noMachine()
        : {
            target: localTarget(host, agents),
            router: hostRouter(host),
            metrics: hostMetrics(host),
            asking: ASKING_ON_MACHINE,
          },
    cluster: clusterPlaces({
      clusterNamed: (name) => clusters.named(name),
      capabilities: clusterRouterCapabilities,
      place: (of) => {
        hearOfPods(of.client, of.settings.namespace, news);
        return clusterPlace(of, log);
      },
    }),
  });
}

/** What asks clusters about releases before these are taken in. */
const rehearsalIn = (clusters: OpenClusters): ReleaseRehearsal =>
  releaseRehearsal({
    open: (name) => clusters.named(name),
    attempts: [
      (client, record) => rehearseRevision({ client, readSecrets: readSecretsHere }, record),
      rehearseRoutes,
      rehearsePool,
    ],
    tryPod: rehearsePod,
    now,
  });

const checkRunner = (clusters: OpenClusters): CheckRunner =>
  localCheckRunner({ environment: process.env, wayTo: wayToPods((name) => clusters.named(name)) });

/** The desk of measurements, and its connections to whatever Prometheus they name. */
function openMeasurements(finished: () => void) {
  const questions = prometheusQuestions(now);
  const measurements = measurementDesk({
    askPrometheus: (question, signal) => questions.ask(question, signal),
    compileExpr: conditionOf,
    environment: process.env,
    web: webQuestions(),
    now,
    finished,
  });
  return { measurements, questions };
}

/** A condition of Argo's files, in the form in which the desk wants it. */
function conditionOf(text: string): ReturnType<CompileCondition> {
  const compiled = compileExpr(text);
  if (!compiled.ok) return refuse('invalid-condition', compiled.message, 'Correct the condition.');
  return ok(({ result }) => {
    const outcome = compiled.holds(result as ExprValue);
    if (outcome.ok) return outcome.holds;
    throw new SluiceError('invalid-input', outcome.message, { next: 'ask-human' });
  });
}

/** A component in a cluster: its target, its routers, and where its requests are counted. */
function clusterPlace({ client, track, component, settings }: ClusterComponent, log: Logger): Place {
  const revisionsOf = async (): Promise<readonly RevisionId[]> =>
    Object.keys(await target.observe(track)).map((id) => revisionId(id));
  const router = clusterRouter({ client, component, settings, revisionsOf, now });
  const target = kubernetesTarget({
    ...{ client, component, settings, now },
    readSecrets: readSecretsHere,
    isRouted: async (of, revision) => {
      const inForce = await router.observe(of);
      return inForce !== null && mayReach(inForce.split, revision);
    },
  });
  const nameOf = (revision: RevisionId): string => revisionName(track, revision);
  const metrics =
    settings.metrics === null
      ? uncounted
      : prometheusMetrics({
          ...{ settings: settings.metrics, component: settings, revisionsOf, now, log },
          workloadName: nameOf,
          serviceName: nameOf,
        });
  const asking: Place['asking'] = {
    evidence: settings.metrics,
    readKept: (secret, key) => readKept(client, settings.namespace, secret, key),
    runTask: (...task) => runTask({ client, namespace: settings.namespace, track }, ...task),
  };
  return { target, router, metrics, asking };
}

const now = (): number => Date.now();

/** Secrets of components lie in the environment and the files of the control plane. */
const readSecretsHere = (component: ComponentSpec) => componentVariables(component, process.env);

function probesOf(db: Database, host: HostClient | null, loop: Loop) {
  return [
    { name: 'store', check: () => pingDatabase(db) },
    ...(host ? [{ name: 'host', check: async () => void (await host.status()) }] : []),
    {
      name: 'loop',
      check: async () => {
        const silentMs = now() - loop.lastLookAt();
        if (silentMs > LOOP_SILENCE_MS)
          throw new SluiceError('timed-out', `the loop has not looked for ${silentMs} ms`, { next: 'retry' });
      },
    },
  ];
}
