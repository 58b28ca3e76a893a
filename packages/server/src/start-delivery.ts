/** Purpose: the loop that moves the releases of a tenant, over its places. No logic, only wiring. */
import { presentCaller } from './access/identities.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { DEFAULT_PACE } from '@sluice/core/rollout/decide.ts';
import { renewWorkerTokens } from './access/workers/renew-worker-tokens.ts';
import { storedWorkerTokens } from './access/workers/worker-tokens.ts';
import { runAgents } from './run-agents.ts';
import { checkDesk } from './loop/check-desk.ts';
import { budgetGates } from './gates/budget-gates.ts';
import { dependencyGates } from './gates/dependency-gates.ts';
import { storedGateObserver } from './gates/observe-gates.ts';
import { deliveryWorld } from './loop/delivery-world.ts';
import { loopInstruments } from './loop/loop-instruments.ts';
import { startLoop } from './loop/loop.ts';
import type { TrackStore } from './loop/track-store.ts';
import { postgresTrackStore, trackFrom } from './loop/postgres-track-store.ts';
import { recordingWorld } from './loop/recording-world.ts';
import { storedBaselines } from './loop/stored-baselines.ts';
import { seatedAt, type TrackPlaces, trackPlaces } from './loop/track-places.ts';
import { wokenTracks } from './loop/woken-tracks.ts';
import { trafficRecorder } from './loop/traffic-recorder.ts';
import { attentiveWorld } from './rollouts/attentive-world.ts';
import { GenerationKeeper } from './rollouts/generation-keeper.ts';
import { postgresRouteClaims } from './rollouts/postgres-route-claims.ts';
import { RefusedOrders } from './rollouts/refused-orders.ts';
import { type Database } from './store/database/open-database.ts';
import { listAgentTracks } from './store/tasks/agent-tracks.ts';
import { raiseVersion } from './store/tracks/raise-version.ts';
import type { WorkerWitnesses } from './ledger/worker-witnesses.ts';
import { wakeTracks } from './store/tracks/wake-track.ts';
import { type TrackMeasurement } from './measurements/measurement-desk.ts';
import { type Metrics } from './telemetry/metrics.ts';
import { checkRunner, openMeasurements, type WiredPlaces, wirePlaces } from './wire-places.ts';

/** Tracks that are worked on at once; the work is waiting for hosts and the store. */
const CONCURRENCY = 64;
/** A replica that dies with a track in hand is replaced after this. */
const LEASE_MS = 10_000;

/** What the releases of a tenant are carried out with. */
export interface DeliveryParts
  extends Pick<
    WiredPlaces,
    | 'hostDirectory'
    | 'host'
    | 'clusters'
    | 'environment'
    | 'readKept'
    | 'sealing'
    | 'log'
    | 'isForeign'
    | 'outgoing'
  > {
  readonly tenant: string;
  /** Shows the rows of this tenant. */
  readonly db: Database;
  readonly url: string;
  /** Names this server in claims. */
  readonly holder: string;
  readonly metrics: Metrics;
  /** Workers that keep heads of the ledger. */
  readonly witnesses: WorkerWitnesses;
  /** Told of what was measured in rollouts. */
  readonly measured?: ((measured: TrackMeasurement) => void) | undefined;
  /** How often a release under way is looked at, in ms. */
  readonly activeMs: number;
  /** How often it is asked what has fallen due, in ms. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

const now = (): number => Date.now();

/** The ports of this machine, and the loop over them. */
export function startDelivery(parts: DeliveryParts) {
  const { db, log, measured, metrics, pollMs, tenant } = parts;
  const storeIn = storeOf(parts);
  const store = storeIn(db);
  const routes = postgresRouteClaims(db, storeIn);
  const wake = { loop: (): void => undefined };
  const news = newsOf({ db, log, tenant }, () => wake.loop());
  const agents = runAgents({ ...parts, now, store });
  const places = wirePlaces({ ...parts, news, agents });
  const whereabouts = trackPlaces(store, places);
  const baselines = storedBaselines(db, whereabouts, now);
  const runner = checkRunner(parts);
  const desk = checkDesk({ runner, places, store, now, log, recorded: () => wake.loop() });
  const { measurements, questions } = openMeasurements(parts, () => wake.loop(), measured);
  const orders = new RefusedOrders();
  const keeper = new GenerationKeeper({
    raise: (tenant, raise) => raiseVersion(db, tenant, raise),
    now,
    log,
  });
  const delivery = deliveryWorld({
    ...{ store, baselines, measurements, now, log },
    trackPlaces: whereabouts,
    checks: desk,
    gates: storedGateObserver({
      ...{ db, now, own: [dependencyGates({ db, store, now }), budgetGates(db, now)] },
      presentCaller: (tenant, subject) => presentCaller(db, { tenant, at: now() }, subject),
    }),
  });
  const world = recordingWorld(
    attentiveWorld(delivery, { orders, keeper, now, log }),
    trafficRecorder(db, whereabouts, now),
    log,
  );
  const loop = startLoop({
    ...{ store, world, now, log, pollMs, holder: parts.holder },
    pace: { ...DEFAULT_PACE, activeMs: parts.activeMs },
    instruments: loopInstruments(metrics),
    ordersDone: news,
    concurrency: CONCURRENCY,
    leaseMs: LEASE_MS,
  });
  wake.loop = () => loop.wake();
  const renewing = renewTokens(parts, whereabouts);
  return {
    renewing,
    ...{ loop, desk, measurements, questions, store, routes, orders, places, baselines, world, agents },
    checks: runner,
  };
}

/** Keeps what lets the workers in that were started, wherever they run. */
const renewTokens = ({ db, tenant, log, signal }: DeliveryParts, places: TrackPlaces): Promise<void> =>
  renewWorkerTokens({
    ...{ log, signal, tokens: storedWorkerTokens(db, tenant, now) },
    seated: async () => {
      const tracks = (await listAgentTracks(db, tenant)).map(trackFrom);
      return (await Promise.all(tracks.map((track) => seatedAt(places, tenant, track)))).flat();
    },
    wait: (ms) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
  });

/** Tracks as they are stored, in the whole database or within a transaction. */
function storeOf({ holder, log }: DeliveryParts): (within: Database) => TrackStore {
  const unreadable = (failure: SluiceError): void =>
    log.error({ reason: failure.message }, 'a track cannot be read by this build');
  return (within) => postgresTrackStore({ db: within, holder, now, unreadable });
}

/** Has tracks looked at of which something was heard. */
const newsOf = ({ db, log, tenant }: Pick<DeliveryParts, 'db' | 'log' | 'tenant'>, ring: () => void) =>
  wokenTracks({
    wake: (tracks) => wakeTracks(db, tenant, { tracks, now: now() }),
    ring,
    failed: (thrown) =>
      log.warn({ reason: SluiceError.from(thrown, 'waking tracks').message }, 'tracks were not woken'),
  });
