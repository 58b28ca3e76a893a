/** Purpose: the loop that moves the releases of a tenant, over its places. No logic, only wiring. */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { DEFAULT_PACE } from '@sluice/core/rollout/decide.ts';
import { runAgents } from './run-agents.ts';
import { checkDesk } from './loop/check-desk.ts';
import { budgetGates } from './gates/budget-gates.ts';
import { dependencyGates } from './gates/dependency-gates.ts';
import { storedGateObserver } from './gates/observe-gates.ts';
import { deliveryWorld } from './loop/delivery-world.ts';
import { loopInstruments } from './loop/loop-instruments.ts';
import { startLoop } from './loop/loop.ts';
import type { TrackStore } from './loop/track-store.ts';
import { postgresTrackStore } from './loop/postgres-track-store.ts';
import { recordingWorld } from './loop/recording-world.ts';
import { storedBaselines } from './loop/stored-baselines.ts';
import { trackPlaces } from './loop/track-places.ts';
import { wokenTracks } from './loop/woken-tracks.ts';
import { trafficRecorder } from './loop/traffic-recorder.ts';
import { attentiveWorld } from './rollouts/attentive-world.ts';
import { GenerationKeeper } from './rollouts/generation-keeper.ts';
import { postgresRouteClaims } from './rollouts/postgres-route-claims.ts';
import { RefusedOrders } from './rollouts/refused-orders.ts';
import { type Database } from './store/database/open-database.ts';
import { raiseVersion } from './store/tracks/raise-version.ts';
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
  extends Pick<WiredPlaces, 'host' | 'clusters' | 'environment' | 'readKept' | 'sealing' | 'log'> {
  readonly tenant: string;
  /** Shows the rows of this tenant. */
  readonly db: Database;
  readonly url: string;
  /** Names this server in claims. */
  readonly holder: string;
  readonly metrics: Metrics;
  /** Told of what was measured in rollouts. */
  readonly measured?: ((measured: TrackMeasurement) => void) | undefined;
  /** How often a release under way is looked at, in ms. */
  readonly activeMs: number;
  /** How often it is asked what has fallen due, in ms. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** The machine of the control plane is not the tenant's: nothing of it runs or is read there. */
  readonly isForeign: boolean;
}

const now = (): number => Date.now();

/** The ports of this machine, and the loop over them. */
export function startDelivery(parts: DeliveryParts) {
  const { clusters, db, environment, log, measured, metrics, pollMs, readKept, tenant } = parts;
  const storeIn = storeOf(parts);
  const store = storeIn(db);
  const routes = postgresRouteClaims(db, storeIn);
  const wake = { loop: (): void => undefined };
  const news = newsOf({ db, log, tenant }, () => wake.loop());
  const agents = runAgents({ ...parts, now, store });
  const places = wirePlaces({ ...parts, news, agents });
  const whereabouts = trackPlaces(store, places);
  const baselines = storedBaselines(db, whereabouts, now);
  const runner = checkRunner({ clusters, environment, readKept });
  const desk = checkDesk({ runner, places, store, now, log, recorded: () => wake.loop() });
  const { measurements, questions } = openMeasurements(environment, () => wake.loop(), measured);
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
    gates: storedGateObserver(db, now, [dependencyGates({ db, store, now }), budgetGates(db, now)]),
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
  return {
    ...{ loop, desk, measurements, questions, store, routes, orders, places, baselines, world, agents },
    checks: runner,
  };
}

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
