/**
 * Purpose: the composition root of one tenant: its releases, its agents and its API, each bound to its rows. No logic, only
 * wiring.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { buildApi } from './api/build-api.ts';
import { openDashboard } from './api/dashboard/open-dashboard.ts';
import { openWorkerDoors } from './api/worker-doors.ts';
import { type BundleStore } from './bundles/bundle-store.ts';
import { storedClusters } from './clusters/stored-clusters.ts';
import { hostFigures } from './host-client/host-figures.ts';
import { approvalRulesOf } from './gates/declared-approvals.ts';
import { storedGates } from './gates/stored-gates.ts';
import { storedIdempotency } from './idempotency/stored-idempotency.ts';
import type { SignIn } from './access/sign-in.ts';
import { storedAccess } from './access/stored-access.ts';
import { openAccess } from './kubernetes/credentials/open-access.ts';
import { type LedgerSeal, openAudit } from './ledger/open-audit.ts';
import { storedLedger } from './ledger/stored-ledger.ts';
import { type Loop } from './loop/loop.ts';
import { examiningGate } from './policies/examining-gate.ts';
import type { KeyEncryption } from './secrets/key-encryption.ts';
import { keptSecrets } from './secrets/kept-secrets.ts';
import { maskOf } from './secrets/mask-text.ts';
import { sealForHost } from './secrets/seal-for-host.ts';
import { storedSecrets } from './secrets/stored-secrets.ts';
import { policyTries } from './policies/policy-tries.ts';
import { policiesInForce, storedPolicies } from './policies/stored-policies.ts';
import type { GuardedOutgoing } from './outgoing/guarded-outgoing.ts';
import { deliveryControlPlane } from './rollouts/delivery-control-plane.ts';
import { postgresDeliveryRecords } from './rollouts/postgres-delivery-records.ts';
import { claimWords } from './rollouts/route-claims.ts';
import { writeBell } from './rollouts/write-bell.ts';
import { listen } from './store/database/listen.ts';
import { pingDatabase } from './store/database/open-database.ts';
import { allocateRolloutId } from './store/rollouts/rollouts.ts';
import { listRegisteredAgents } from './store/tasks/registered-agents.ts';
import { openDuties } from './store/stock/open-duties.ts';
import { rolloutsUnderWay } from './store/stock/rollouts-under-way.ts';
import { TRACKS_CHANNEL } from './store/tracks/wake-track.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { traceMeasurements } from './telemetry/tracing/trace-measurements.ts';
import { traceRollouts } from './telemetry/tracing/trace-rollouts.ts';
import type { AccessGuard } from './access/access-guard.ts';
import type { Organisations } from './access/organisations.ts';
import type { RequestListener } from 'node:http';
import type { Tracing } from './telemetry/tracing/open-tracing.ts';
import { policyExaminer } from './policies/thread/policy-examiner.ts';
import type { Api } from './api/api-instance.ts';
import type { WorkerDoors } from './api/worker-doors.ts';
import { type DeliveryParts, startDelivery } from './start-delivery.ts';
import { startTelling } from './start-telling.ts';
import { rehearsalIn } from './wire-places.ts';

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

/** What a tenant works with. */
export interface TenantParts extends Omit<DeliveryParts, 'metrics' | 'readKept' | 'sealing'> {
  /** Wraps the data keys of secrets, for all tenants. */
  readonly keys: KeyEncryption;
  /** The directory of the host; null where there is none. */
  readonly hostDirectory: string | null;
  /** Where sources are copied to. */
  readonly bundles: BundleStore;
  /** Where sockets for workers without a network are made. */
  readonly directory: string;
  readonly access: AccessGuard;
  /** Lets people and jobs in, whichever tenant they belong to; told how a login failed. */
  readonly signIn: (failed: (how: string) => void) => SignIn;
  /** Null for all but whoever runs the control plane. */
  readonly organisations: Organisations | null;
  /** Where requests arrive for all tenants; null for those whose requests are handed over. */
  readonly front: ((own: RequestListener) => RequestListener) | null;
  readonly tracing: Tracing;
  /** With what this server vouches for ledgers. */
  readonly seal: LedgerSeal;
  /** The way out for what is told to channels. */
  readonly outgoing: GuardedOutgoing;
  /** Where the dashboard stands for its readers; null when nobody has said. */
  readonly publicUrl: string | null;
  /** Whether the figures of the process stand among its metrics. */
  readonly processMetrics: boolean;
}

/** A loop that has not looked for so long is not ready. */
const LOOP_SILENCE_MS = 10_000;

/** Starts everything of a tenant, but nothing listens yet. */
export function runTenant(parts: TenantParts): RunningTenant {
  const { db, log, tenant, signal, bundles, tracing, holder } = parts;
  const metrics = createMetrics({ processMetrics: parts.processMetrics });
  const bell = writeBell();
  const { host } = parts;
  metrics.dutiesFrom(() => openDuties(db, tenant));
  metrics.rolloutsFrom((limit) => rolloutsUnderWay(db, tenant, limit));
  if (host) metrics.hostFrom(() => hostFigures(host));
  const readKept = keptSecrets(parts);
  const sealing = parts.hostDirectory === null ? null : sealForHost(parts.hostDirectory, readKept);
  const { loop, desk, measurements, questions, agents, ...doors } = startDelivery({
    ...{ ...parts, metrics, readKept, sealing },
    measured: tracing.sender ? traceMeasurements({ db, tenant, sender: tracing.sender, log }) : undefined,
  });
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
  // Of its own, so that policies of one tenant never keep those of another waiting.
  const examiner = policyExaminer();
  const gate = examiningGate({ inForce: () => policiesInForce(db, tenant), examiner });
  const controlPlane = deliveryControlPlane({
    ...doors,
    tenant,
    isForeign: parts.isForeign,
    records: postgresDeliveryRecords(db, tenant, bell),
    bundles,
    now,
    rehearse: rehearsalIn({ ...parts, readKept }),
    policies: gate,
    mask: (text, patterns) => maskOf(patterns)(text),
    isRegisteredAgent: async (id) => (await listRegisteredAgents(db, tenant, id)).length > 0,
    newRolloutId: () => allocateRolloutId(db),
    approvalRules: approvalRulesOf(db, tenant),
    currentTrace: () => tracing.requests.current(),
    wakeLoop: ring,
  });
  const audit = openAudit({ db, tenant, seal: parts.seal, log, now, signal });
  const gates = storedGates({ db, tenant, store: doors.store, now, wakeLoop: ring });
  const telling = startTelling({ ...parts, bell, metrics, gates });
  const api = buildApi({
    access: parts.access,
    channels: telling.channels,
    presses: telling.presses,
    accounts: storedAccess(db, tenant, now),
    signIn: parts.signIn((how) => metrics.failedLogins.inc({ how })),
    publicUrl: parts.publicUrl,
    organisations: parts.organisations,
    front: parts.front,
    controlPlane,
    ledger: storedLedger(db, tenant),
    audit: audit.desk,
    clusters: storedClusters(db, tenant, {
      open: (name) => parts.clusters.named(name),
      check: (credentials) => openAccess(credentials, now),
      claimWords,
      now,
    }),
    secrets: storedSecrets(db, tenant, { keys: parts.keys, now }),
    policies: { registry: storedPolicies(db, tenant, now), tries: policyTries(gate) },
    gates,
    ...agents.api,
    metrics,
    traces: tracing.requests,
    log,
    idempotency: storedIdempotency(db, tenant, now),
    dashboard: openDashboard((failure) =>
      log.warn({ reason: failure.message }, 'the dashboard is not built'),
    ),
    health: { started: () => true, probes: probesOf(parts, loop) },
  });
  const wait = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const { sender } = tracing;
  const counted = (outcome: string, spans: number): void => metrics.traceSpans.inc({ outcome }, spans);
  const tracingRollouts = sender && traceRollouts({ db, tenant, holder, sender, log, counted, wait, signal });
  let workerDoors: WorkerDoors | undefined;
  return {
    api,
    ring,
    listensOn: async (port) => {
      workerDoors = await openWorkerDoors({ ...agents.api, log }, parts.directory, await agents.tracks());
      agents.listensOn(port, workerDoors);
    },
    close: async () => {
      await Promise.all([api.close(), workerDoors?.close()]);
      await Promise.all([loop.stop(), audit.close()]);
      await examiner.close();
      await agents.close();
      await Promise.all([desk.stop(), measurements.stop(), telling.close()]);
      await questions.close();
      await Promise.all([listening, tracingRollouts]);
    },
  };
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
