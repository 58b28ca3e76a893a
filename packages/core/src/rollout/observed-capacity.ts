import type { RevisionId } from '../kernel/ids.ts';
import type { Capacity } from '../traffic/capacity.ts';
import type { Observation, ObservedRevision } from './observation.ts';
import type { CapacityOrder, TrackState } from './state.ts';

/**
 * A revision's capacity for traffic as it is seen. What an order that is still on its way may take away is not
 * counted: instances that are ready now and were just ordered to go would be trusted for a moment too long.
 */
export function observedCapacity(
  track: TrackState,
  { target }: Pick<Observation, 'target'>,
  revision: RevisionId | null,
): Capacity {
  const summary = revision === null ? undefined : track.revisions[revision];
  const full = summary?.fullInstances ?? 1;
  const observed = target.kind === 'observed' && revision !== null ? target.revisions[revision] : undefined;
  const order = revision === null ? undefined : track.capacity[revision];
  if (!observed) return { ready: 0, full };
  const isCertain = order === undefined || isObeyed(order, observed);
  return { ready: isCertain ? observed.ready : Math.min(observed.ready, order.certain), full };
}

/** Whether the target shows that it had the order or a later one, so that none before it can arrive any more. */
export const isObeyed = (order: CapacityOrder, observed: ObservedRevision | undefined): boolean =>
  observed !== undefined && observed.generation >= (order.generation ?? 0);
