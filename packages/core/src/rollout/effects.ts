import { canonicalJson } from '../kernel/canonical-json.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { type Capacity, carries } from '../traffic/capacity.ts';
import { mayReach, shareOf, type Split } from '../traffic/split.ts';
import type { Observation, ObservedRevision, ObservedRouter } from './observation.ts';
import { isObeyed, observedCapacity } from './observed-capacity.ts';
import type { CapacityOrder, TrackState } from './state.ts';

/**
 * Orders to the world. They are derived from committed state, so the same one may be given again until it is
 * seen to be done; each carries the generation of the commit that it rests on.
 */
export type Effect =
  | {
      readonly kind: 'applyCapacity';
      readonly revision: RevisionId;
      readonly instances: number;
      readonly dedicatedPorts: boolean;
    }
  | { readonly kind: 'applySplit'; readonly split: Split }
  | { readonly kind: 'retireRevision'; readonly revision: RevisionId }
  | {
      readonly kind: 'runChecks';
      readonly key: string;
      readonly revision: RevisionId;
      readonly names: readonly string[];
    };

/** What has been ordered and is not yet seen in the world. */
export function effectsOf(track: TrackState, observation: Observation): readonly Effect[] {
  return [
    ...capacityEffects(track, observation),
    ...splitEffects(track, observation),
    ...retireEffects(track, observation),
  ];
}

/** Whether two splits send every request the same way. */
export const sameSplit = (a: Split, b: Split): boolean => canonicalJson(a) === canonicalJson(b);

/**
 * Whether the router has confirmed the ordered split under the generation that ordered it or a later one. The same
 * split from an earlier order is not enough: an order in between may still be on its way and undo it. Before the first
 * order there is nothing to undo: whatever a router has then, from a store that was lost, serves on until a revision of
 * this track takes its place.
 */
export function isInForce(track: TrackState, router: Extract<ObservedRouter, { kind: 'observed' }>): boolean {
  if (track.splitGeneration === 0 && track.split.weights.length === 0) return true;
  if (router.generation < track.splitGeneration) return false;
  return router.inForce === null ? track.split.weights.length === 0 : sameSplit(router.inForce, track.split);
}

function capacityEffects(track: TrackState, { target }: Observation): readonly Effect[] {
  if (target.kind !== 'observed') return [];
  return Object.entries(track.capacity)
    .filter(([revision, order]) => !order.retiring && !isDone(order, target.revisions[revision]))
    .map(([revision, order]) => ({
      kind: 'applyCapacity',
      revision: revision as RevisionId,
      instances: order.instances,
      dedicatedPorts: order.dedicatedPorts,
    }));
}

const isDone = (order: CapacityOrder, observed: ObservedRevision | undefined): boolean =>
  observed?.ordered === order.instances && isObeyed(order, observed);

function splitEffects(track: TrackState, observation: Observation): readonly Effect[] {
  const { router } = observation;
  if (router.kind !== 'observed' || isInForce(track, router) || isOvertaken(track, observation)) return [];
  return [{ kind: 'applySplit', split: track.split }];
}

/**
 * Whether a side that gains lost the instances that the ordered split was meant for before a router had it. The
 * order then stays undone until they are back, or until health takes the rollout back (invariant 1).
 */
function isOvertaken(track: TrackState, observation: Observation): boolean {
  const { active } = track;
  if (!active || observation.router.kind !== 'observed') return false;
  const { inForce } = observation.router;
  const readyOf = (revision: RevisionId | null): Capacity => observedCapacity(track, observation, revision);
  if (['running', 'held', 'promoting'].includes(active.phase.name)) {
    const share = shareOf(track.split, active.candidate);
    return gains(track, inForce, active.candidate) && !carries(readyOf(active.candidate), Math.max(1, share));
  }
  if (!['rolling-back', 'stuck'].includes(active.phase.name) || active.stable === null) return false;
  const isCandidateServing = inForce !== null && mayReach(inForce, active.candidate);
  return (
    isCandidateServing &&
    gains(track, inForce, active.stable) &&
    readyOf(active.stable).ready === 0 &&
    readyOf(active.candidate).ready > 0
  );
}

function gains({ split }: TrackState, inForce: Split | null, revision: RevisionId): boolean {
  if (inForce === null) return mayReach(split, revision);
  const isNew = mayReach(split, revision) && !mayReach(inForce, revision);
  return isNew || shareOf(split, revision) > shareOf(inForce, revision);
}

/** A revision is retired only when no router can reach it, now or by an order that is still on its way (invariant 2). */
function retireEffects(track: TrackState, { target, router }: Observation): readonly Effect[] {
  if (target.kind !== 'observed' || router.kind !== 'observed') return [];
  const { inForce } = router;
  if (inForce !== null && router.generation < track.splitGeneration) return [];
  return Object.entries(track.capacity)
    .filter(([revision, order]) => order.retiring && target.revisions[revision] !== undefined)
    .filter(([revision]) => !mayReach(track.split, revision as RevisionId))
    .filter(([revision]) => inForce === null || !mayReach(inForce, revision as RevisionId))
    .map(([revision]) => ({ kind: 'retireRevision', revision: revision as RevisionId }));
}
