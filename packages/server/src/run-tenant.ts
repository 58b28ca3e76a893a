/**
 * Purpose: the composition root of one tenant: its releases, its agents and its API, each bound to its rows. No logic, only
 * wiring.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { buildApi } from './api/build-api.ts';
import { openDashboard } from './api/dashboard/open-dashboard.ts';
import { openWorkerDoors } from './api/worker-doors.ts';
import { requireOwn } from './clusters/known-clusters.ts';
import { storedClusters } from './clusters/stored-clusters.ts';
import { hostDirectory } from './host-client/host-directory.ts';
import { hostFigures } from './host-client/host-figures.ts';
import { approvalRulesOf } from './gates/declared-approvals.ts';
import { storedGates } from './gates/stored-gates.ts';
import { storedIdempotency } from './idempotency/stored-idempotency.ts';
import { rewrapAuthority } from './access/joining/worker-authority.ts';
import { storedAccess } from './access/stored-access.ts';
import { workerCaller } from './access/workers/worker-caller.ts';
import { openAccess } from './kubernetes/credentials/open-access.ts';
import { openAudit } from './ledger/open-audit.ts';
import { WorkerWitnesses } from './ledger/worker-witnesses.ts';
import { storedLedger } from './ledger/stored-ledger.ts';
import { type Loop } from './loop/loop.ts';
import { examiningGate } from './policies/examining-gate.ts';
import { keptSecrets } from './secrets/kept-secrets.ts';
import { maskOf } from './secrets/mask-text.ts';
import { sealForHost } from './secrets/seal-for-host.ts';
import { storedSecrets } from './secrets/stored-secrets.ts';
import { policyTries } from './policies/policy-tries.ts';
import { standingRelease } from './rollouts/standing-release.ts';
import { policiesInForce, storedPolicies } from './policies/stored-policies.ts';
import { deliveryControlPlane } from './rollouts/delivery-control-plane.ts';
import { postgresDeliveryRecords } from './rollouts/postgres-delivery-records.ts';
import { claimWords } from './rollouts/route-claims.ts';
import { type WriteBell, writeBell } from './rollouts/write-bell.ts';
import { listen } from './store/database/listen.ts';
import { projectOf } from './store/access/grants.ts';
import { pingDatabase } from './store/database/open-database.ts';
import { listNames } from './store/access/members.ts';
import { allocateRolloutId } from './store/rollouts/rollouts.ts';
import { listRegisteredAgents } from './store/tasks/registered-agents.ts';
import { openDuties } from './store/stock/open-duties.ts';
import { rolloutsUnderWay } from './store/stock/rollouts-under-way.ts';
import { TRACKS_CHANNEL } from './store/tracks/wake-track.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { traceMeasurements } from './telemetry/tracing/trace-measurements.ts';
import { traceRollouts } from './telemetry/tracing/trace-rollouts.ts';
import { policyExaminer } from './policies/thread/policy-examiner.ts';
import type { Api } from './api/api-instance.ts';
import type { WorkerDoors } from './api/worker-doors.ts';
import { startDelivery } from './start-delivery.ts';
import { startTelling } from './start-telling.ts';
import { rehearsalIn } from './wire-places.ts';

import type { TenantParts } from './tenant-parts.ts';

/** Everything of one tenant at work. */
export interface RunningTenant {
  /** Its API, bound to what is its own: no operation of it reaches another tenant. */
  readonly api: Api;
  /** Its API listens from now on. */
  listensOn(port: number): Promise<void>;
  /** Looks at once what has fallen due. */
  readonly ring: () => void;
  close(): Promise<void>;
}

/** A loop that has not looked for so long is not ready. */
const LOOP_SILENCE_MS = 10_000;

/** Starts everything of a tenant, but nothing listens yet. */
export function runTenant(parts: TenantParts): RunningTenant {
  const { db, log, tenant, signal, tracing } = parts;
  const metrics = metricsOf(parts);
  const bell = writeBell();
  const readKept = keptSecrets(parts);
  const witnesses = new WorkerWitnesses();
  const sealing = parts.hostDirectory === null ? null : sealForHost(parts.hostDirectory, readKept);
  const { loop, desk, measurements, questions, agents, renewing, ...doors } = startDelivery({
    ...{ ...parts, metrics, readKept, sealing, witnesses },
    measured: tracing.sender ? traceMeasurements({ db, tenant, sender: tracing.sender, log }) : undefined,
  });
  const ring = (): void => {
    loop.wake();
    bell.ring();
  };
  const listening = listenForTracks(parts, { ring, written: () => bell.ring() });
  const { gate, examiner } = openPolicies(parts);
  const controlPlane = deliveryControlPlane({
    ...doors,
    ...releasePorts(parts, bell),
    ...{ policies: gate, rehearse: rehearsalIn({ ...parts, readKept }), wakeLoop: ring },
  });
  const audit = openAudit({ db, tenant, seal: parts.seal, workers: witnesses, log, now, signal });
  const hosts = hostDirectory(parts.host, now);
  const { everyTenant: system } = parts;
  const gates = storedGates({ db, tenant, store: doors.store, now, wakeLoop: ring, system });
  const telling = startTelling({ ...parts, bell, metrics, gates });
  const api = buildApi({
    ...sharedParts(parts, metrics),
    ...storedParts(parts),
    ...agents.api,
    channels: telling.channels,
    presses: telling.presses,
    controlPlane,
    audit: audit.desk,
    policies: {
      registry: storedPolicies(db, tenant, now),
      tries: policyTries(gate, standingRelease({ ...doors, tenant })),
    },
    gates,
    hosts,
    metrics,
    health: { started: () => true, probes: probesOf(parts, loop) },
  });
  const tracingRollouts = sendTraces(parts, metrics);
  let workerDoors: WorkerDoors | undefined;
  return {
    api,
    ring,
    listensOn: async (port) => {
      const workerOf = (track: TrackId) => workerCaller(db, tenant, track);
      const { access, limiter } = parts;
      const served = { ...agents.api, log, metrics, access, limiter, workerOf };
      workerDoors = await openWorkerDoors(served, parts.directory, await agents.tracks());
      agents.listensOn(port, workerDoors);
    },
    close: async () => {
      await Promise.all([api.close(), workerDoors?.close()]);
      await Promise.all([loop.stop(), audit.close()]);
      await examiner.close();
      await agents.close();
      await Promise.all([desk.stop(), measurements.stop(), telling.close()]);
      await questions.close();
      await Promise.all([listening, tracingRollouts, renewing]);
    },
  };
}

/** Policies of its own, so that those of one tenant never keep those of another waiting. */
function openPolicies({ db, tenant }: TenantParts) {
  const examiner = policyExaminer();
  const gate = examiningGate({
    inForce: () => policiesInForce(db, tenant),
    projectOf: (application) => projectOf(db, tenant, application),
    examiner,
  });
  return { gate, examiner };
}

/** What releases are taken in with, beside what carries them out. */
const releasePorts = (
  { db, tenant, isForeign, outgoing, bundles, tracing }: TenantParts,
  bell: WriteBell,
) => ({
  ...{ tenant, isForeign, bundles, now, check: outgoing.check },
  records: postgresDeliveryRecords(db, tenant, bell),
  mask: (text: string, patterns: readonly string[]) => maskOf(patterns)(text),
  isRegisteredAgent: async (id: TrackId) => (await listRegisteredAgents(db, tenant, id)).length > 0,
  newRolloutId: () => allocateRolloutId(db),
  approvalRules: approvalRulesOf(db, tenant),
  currentTrace: () => tracing.requests.current(),
});

/** Hears of tracks that other servers, or other processes, have changed. */
const listenForTracks = (
  { url, signal }: TenantParts,
  { ring, written }: { readonly ring: () => void; readonly written: () => void },
): Promise<void> =>
  listen({
    ...{ url, signal, channel: TRACKS_CHANNEL },
    onNotify: (track) => (track === '' ? written() : ring()),
    onListening: ring,
  });

function metricsOf({ db, tenant, host, certificate, processMetrics }: TenantParts): Metrics {
  const metrics = createMetrics({ processMetrics });
  metrics.dutiesFrom(() => openDuties(db, tenant));
  metrics.rolloutsFrom((limit) => rolloutsUnderWay(db, tenant, limit));
  if (certificate && processMetrics) metrics.certificateFrom(certificate.reading);
  if (host) metrics.hostFrom(() => hostFigures(host));
  return metrics;
}

/** What all tenants are served with in the same way. */
const sharedParts = (
  { access, organisations, front, limiter, publicUrl, tracing, log, signIn, joining }: TenantParts,
  metrics: Metrics,
) => ({
  ...{ access, organisations, front, limiter, publicUrl, log },
  traces: tracing.requests,
  joining,
  signIn: signIn((how) => metrics.failedLogins.inc({ how })),
  dashboard: openDashboard((failure) => log.warn({ reason: failure.message }, 'the dashboard is not built')),
});

/** What is read from the rows of the tenant, and needs nothing that runs. */
const storedParts = ({ db, tenant, clusters, keys, isForeign, directory }: TenantParts) => ({
  names: () => listNames(db, tenant),
  accounts: storedAccess(db, tenant, now),
  ledger: storedLedger(db, tenant),
  clusters: storedClusters(db, tenant, {
    open: (name) => clusters.named(name),
    check: async (credentials) => {
      if (isForeign) await requireOwn(credentials, directory);
      return openAccess(credentials, now);
    },
    claimWords,
    now,
  }),
  secrets: storedSecrets(db, tenant, {
    ...{ keys, now },
    // The authority of workers is one for all, and the operator's.
    rewrapOthers: async (keyId) => (isForeign ? 0 : rewrapAuthority(db, keys, keyId)),
  }),
  idempotency: storedIdempotency(db, tenant, now),
});

/** Sends what took place in rollouts to the collector of traces, if there is one. */
function sendTraces({ db, tenant, holder, log, signal, tracing }: TenantParts, metrics: Metrics) {
  const { sender } = tracing;
  const wait = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const counted = (outcome: string, spans: number): void => metrics.traceSpans.inc({ outcome }, spans);
  return sender && traceRollouts({ db, tenant, holder, sender, log, counted, wait, signal });
}

const now = (): number => Date.now();

function probesOf({ db, host }: TenantParts, loop: Loop) {
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
