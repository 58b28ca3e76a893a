import type { RevisionId } from '../kernel/ids.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import type { Capacity } from '../traffic/capacity.ts';
import { shareOf } from '../traffic/split.ts';
import type { Observation, ObservedRevision } from './observation.ts';
import type { CapacityOrder, TrackState } from './state.ts';

/**
 * A revision's capacity for traffic as it is seen. What an order that is still on its way may take away is not
 * counted: instances that are ready now and were just ordered to go would be trusted for a moment too long.
 */
export function observedCapacity(
  track: TrackState,
  observation: Pick<Observation, 'target'>,
  revision: RevisionId | null,
): Capacity {
  const { target } = observation;
  const summary = revision === null ? undefined : track.revisions[revision];
  const full = scaledUp(summary?.fullInstances ?? 1, demandFactor(track, observation));
  const observed = target.kind === 'observed' && revision !== null ? target.revisions[revision] : undefined;
  const order = revision === null ? undefined : track.capacity[revision];
  if (!observed) return { ready: 0, full };
  const isCertain = order === undefined || isObeyed(order, observed);
  return { ready: isCertain ? observed.ready : Math.min(observed.ready, order.certain), full };
}

/** Whether the target shows that it had the order or a later one, so that none before it can arrive any more. */
export const isObeyed = (order: CapacityOrder, observed: ObservedRevision | undefined): boolean =>
  observed !== undefined && observed.generation >= (order.generation ?? 0);

/**
 * How many times the declared instances the present load needs, at least 1. An autoscaler that wants more than it was
 * ordered as its fewest has seen that load; one that stays at its fewest says nothing of it. What stable was once given
 * for a load counts as long as a rollout lasts, for its autoscaler cannot show it any more.
 */
export function demandFactor(track: TrackState, { target }: Pick<Observation, 'target'>): number {
  if (target.kind !== 'observed') return 1;
  const pressed = track.split.weights.map(({ revision }) => {
    const observed = target.revisions[revision];
    const wanted = observed?.wanted ?? 0;
    const share = shareOf(track.split, revision) / WHOLE_BASIS_POINTS;
    if (observed === undefined || wanted <= observed.ordered || share === 0) return 1;
    return wanted / share / declaredOf(track, revision);
  });
  return Math.max(1, givenToStable(track), ...pressed);
}

const declaredOf = ({ revisions }: TrackState, revision: RevisionId): number =>
  Math.max(1, revisions[revision]?.instances ?? 1);

function givenToStable(track: TrackState): number {
  const { active, stable, capacity } = track;
  const given = stable === null ? undefined : capacity[stable];
  if (active === null || stable === null || given === undefined || given.retiring) return 1;
  return given.instances / declaredOf(track, stable);
}

/** A number of instances at a factor of demand, rounded up; a hair above a whole number is that number. */
export const scaledUp = (instances: number, factor: number): number =>
  Math.max(0, Math.ceil(instances * factor - 1e-9));
