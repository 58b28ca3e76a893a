import type { RevisionId } from '../kernel/ids.ts';
import type { Capacity } from '../traffic/capacity.ts';
import type { Instant } from '../kernel/instant.ts';
import { splitFault, type Split } from '../traffic/split.ts';
import { assert } from '../kernel/assert.ts';
import { sameSplit, type Effect } from './effects.ts';
import { isObeyed, observedCapacity } from './observed-capacity.ts';
import type { TrackEvent } from './events.ts';
import type { Observation, ObservedRevision } from './observation.ts';
import type { CapacityOrder, TrackState } from './state.ts';
import { transition } from './transition.ts';

/** A decision in the making: events are folded at once, so that the next rule sees what the last one changed. */
export interface Draft {
  track: TrackState;
  readonly observation: Observation;
  readonly events: TrackEvent[];
  readonly effects: Effect[];
  /** What is waited for, in words; the last rule to speak wins. */
  waitingFor: string | null;
  /** When a rollout that waits at gates is to be looked at again; null where it does not. */
  gatesLookAt: Instant | null;
}

/** Starts with nothing decided. */
export const startDraft = (track: TrackState, observation: Observation): Draft => ({
  track,
  observation,
  events: [],
  effects: [],
  waitingFor: null,
  gatesLookAt: null,
});

/** Adds an event and folds it. */
export function emit(draft: Draft, event: TrackEvent): void {
  draft.track = transition(draft.track, event);
  draft.events.push(event);
}

/** What the target says of a revision; undefined when it does not run or the target is unreachable. */
export const seen = (draft: Draft, revision: RevisionId | null): ObservedRevision | undefined =>
  revision !== null && draft.observation.target.kind === 'observed'
    ? draft.observation.target.revisions[revision]
    : undefined;

/** A revision's capacity for traffic as it is now, without what orders on their way may take from it. */
export const capacityOf = (draft: Draft, revision: RevisionId | null): Capacity =>
  observedCapacity(draft.track, draft.observation, revision);

/** Orders a number of instances unless that is ordered already. */
export function orderCapacity(
  draft: Draft,
  revision: RevisionId,
  instances: number,
  dedicatedPorts = false,
): void {
  const present = draft.track.capacity[revision];
  if (present && !present.retiring && present.instances === instances) return;
  emitOrder(draft, revision, {
    instances,
    dedicatedPorts: dedicatedPorts || (present?.dedicatedPorts ?? false),
    retiring: false,
  });
}

/**
 * Orders a number of instances anew, unless nothing was ordered of another revision since. Where one workload is changed
 * in place the later of two orders has it, so that an unchanged number is an order as well.
 */
export function insistOnCapacity(
  draft: Draft,
  revision: RevisionId,
  { instances, over }: { readonly instances: number; readonly over: RevisionId },
): void {
  const { [revision]: present, [over]: other } = draft.track.capacity;
  const isLater = present !== undefined && present.generation > (other?.generation ?? 0);
  if (isLater && !present.retiring && present.instances === instances) return;
  const dedicatedPorts = present?.dedicatedPorts ?? false;
  emitOrder(draft, revision, { instances, dedicatedPorts, retiring: false });
}

/** Orders that a revision be drained, stopped and forgotten. */
export function orderRetirement(draft: Draft, revision: RevisionId): void {
  const present = draft.track.capacity[revision];
  if (present?.retiring) return;
  const dedicatedPorts = present?.dedicatedPorts ?? false;
  emitOrder(draft, revision, { instances: 0, dedicatedPorts, retiring: true });
}

function emitOrder(
  draft: Draft,
  revision: RevisionId,
  wanted: Omit<CapacityOrder, 'generation' | 'certain'>,
): void {
  const present = draft.track.capacity[revision];
  const kept = present && !present.retiring ? certainInstances(present, seen(draft, revision)) : 0;
  const order: CapacityOrder = {
    ...wanted,
    generation: draft.track.version + 1,
    certain: Math.min(wanted.instances, kept),
  };
  emit(draft, { kind: 'capacityOrdered', at: draft.observation.now, revision, order });
}

const certainInstances = (order: CapacityOrder, observed: ObservedRevision | undefined): number =>
  isObeyed(order, observed) ? order.instances : order.certain;

/** Orders a split unless it is ordered already. */
export function orderSplit(draft: Draft, split: Split): void {
  const fault = splitFault(split);
  assert(fault === undefined, `a split for ${draft.track.id} is wrong: ${fault}`);
  if (!sameSplit(draft.track.split, split))
    emit(draft, { kind: 'splitOrdered', at: draft.observation.now, split });
}

/** Ends the present step with a note for the history. */
export function finishStep(draft: Draft, step: number, note: string): void {
  emit(draft, { kind: 'stepFinished', at: draft.observation.now, step, note });
}
