import type { Logger } from 'pino';
import { never } from '@sluice/core/kernel/assert.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { Observation, ObservedRouter, ObservedTarget } from '@sluice/core/rollout/observation.ts';
import type { GoalSpec } from '@sluice/core/traffic/goal.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { GateObserver } from '../gates/observe-gates.ts';
import type { Place } from '../places/places.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { MeasurementDesk } from '../measurements/measurement-desk.ts';
import { askMeasurements } from './ask-measurements.ts';
import type { BaselineSource } from './baseline-source.ts';
import type { CheckDesk } from './check-desk.ts';
import { observeEvidence } from './observe-evidence.ts';
import type { TrackPlaces } from './track-places.ts';
import type { TrackStore } from './track-store.ts';
import type { World } from './world.ts';

/** The ports through which tracks are observed and moved. */
export interface DeliveryPorts {
  readonly store: Pick<TrackStore, 'revision'>;
  readonly trackPlaces: TrackPlaces;
  readonly baselines: BaselineSource;
  readonly checks: CheckDesk;
  readonly measurements: Pick<MeasurementDesk, 'ask'>;
  /** What holds releases; without it nothing does but their own plans. */
  readonly gates?: GateObserver;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** The world made of places, baselines and checks. */
export const deliveryWorld = (ports: DeliveryPorts): World => ({
  observe: (tenant, track) => observe(ports, tenant, track),
  perform: (tenant, track, effect, generation) => perform(ports, tenant, track, effect, generation),
});

async function observe(ports: DeliveryPorts, tenant: string, track: TrackState): Promise<Observation> {
  const place = await ports.trackPlaces.ofTrack(tenant, track);
  if (place === null) return { ...NOWHERE, now: ports.now() };
  const [target, router, metrics, baseline, gates] = await Promise.all([
    observeTarget(place, track),
    observeRouter(place, track),
    observeEvidence(place.metrics, track),
    observeBaseline(ports, tenant, track),
    ports.gates?.observe(tenant, track),
  ]);
  const now = ports.now();
  const measured = askMeasurements(ports.measurements, { tenant, track, place, now });
  return { now, target, router, metrics, measured, baseline, ...(gates && { gates }) };
}

/** What there is of a track of which nothing was ever released. */
const NOWHERE: Omit<Observation, 'now'> = {
  target: { kind: 'observed', revisions: {} },
  router: { kind: 'observed', inForce: null, generation: 0 },
  metrics: { kind: 'not-asked' },
  measured: [],
  baseline: null,
};

async function observeTarget({ target }: Place, track: TrackState): Promise<ObservedTarget> {
  try {
    return { kind: 'observed', revisions: await target.observe(track.id) };
  } catch (thrown) {
    return { kind: 'unreachable', message: SluiceError.from(thrown, 'asking the target what runs').message };
  }
}

async function observeRouter({ router }: Place, track: TrackState): Promise<ObservedRouter> {
  try {
    const seen = await router.observe(track.id);
    return { kind: 'observed', inForce: seen?.split ?? null, generation: seen?.generation ?? 0 };
  } catch (thrown) {
    return {
      kind: 'unreachable',
      message: SluiceError.from(thrown, 'asking the router for its split').message,
    };
  }
}

/** The baseline is frozen when a rollout starts, so it is only asked for then. */
async function observeBaseline(
  ports: DeliveryPorts,
  tenant: string,
  track: TrackState,
): Promise<Observation['baseline']> {
  const starting = track.active === null ? track.queue.length > 0 : track.active.phase.name === 'planned';
  if (!starting) return null;
  if (track.stable === null) return EMPTY_BASELINE;
  return ports.baselines.freeze(tenant, track.id, track.stable).catch((thrown: unknown) => {
    const { message } = SluiceError.from(thrown, 'freezing the baseline');
    ports.log.warn({ track: track.id, reason: message }, 'no baseline');
    return { kind: 'unreachable', message };
  });
}

async function perform(
  ports: DeliveryPorts,
  tenant: string,
  track: TrackState,
  effect: Effect,
  generation: number,
): Promise<void> {
  switch (effect.kind) {
    case 'applyCapacity': {
      const revision = await recordOf(ports, tenant, { track: track.id, revision: effect.revision });
      const { instances, dedicatedPorts } = effect;
      const { target } = await placeOf(ports, tenant, track, effect.revision);
      const decidedIn = track.capacity[effect.revision]?.generation ?? generation;
      return target.apply({ revision, instances, dedicatedPorts, generation, decidedIn });
    }
    case 'applySplit':
      return applySplit(ports, tenant, track, effect.split, generation);
    case 'retireRevision': {
      const { target } = await placeOf(ports, tenant, track, effect.revision);
      return target.retire(track.id, effect.revision, generation);
    }
    case 'runChecks': {
      const revision = await recordOf(ports, tenant, { track: track.id, revision: effect.revision });
      return ports.checks.start({ tenant, track: track.id, key: effect.key, revision, names: effect.names });
    }
    default:
      return never(effect, 'perform');
  }
}

/** Where a revision runs; what the store does not know, because it was restored from before, runs where its track is. */
async function placeOf(
  { trackPlaces }: DeliveryPorts,
  tenant: string,
  track: TrackState,
  revision: RevisionId,
): Promise<Place> {
  const place =
    (await trackPlaces.ofRevision(tenant, track.id, revision)) ?? (await trackPlaces.ofTrack(tenant, track));
  if (place) return place;
  throw new SluiceError('not-found', `nobody knows where ${revision} of ${track.id} runs`, {
    next: 'ask-human',
  });
}

async function applySplit(
  ports: DeliveryPorts,
  tenant: string,
  track: TrackState,
  split: Split,
  generation: number,
): Promise<void> {
  const owner = routeOwner(split) ?? track.stable ?? track.active?.candidate ?? track.last?.candidate;
  if (owner === undefined) return;
  const record = await recordOf(ports, tenant, { track: track.id, revision: owner });
  const { component } = record;
  const goal = goalOf(track.active);
  const { router } = await placeOf(ports, tenant, track, owner);
  await router.apply({
    track: track.id,
    split,
    route: component.route,
    request: component.request,
    goal,
    generation,
  });
}

/** Whose route and limits hold: those of whoever newly gets requests, so that they come and go with the split. */
const routeOwner = (split: Split): RevisionId | undefined =>
  split.matches[0]?.revision ?? split.weights[0]?.revision;

function goalOf(rollout: Rollout | null): GoalSpec | null {
  const goals = rollout?.plan.steps.flatMap((step) =>
    step.kind === 'judge' && step.winner ? [step.winner.goal] : [],
  );
  return goals?.[0] ?? null;
}

async function recordOf(
  { store }: DeliveryPorts,
  tenant: string,
  place: { readonly track: TrackId; readonly revision: RevisionId },
): Promise<RevisionRecord> {
  const { track, revision } = place;
  const record = await store.revision(tenant, track, revision);
  if (record) return record;
  throw new SluiceError('not-found', `revision ${revision} is not in the store; it cannot be run`, {
    next: 'ask-human',
  });
}
