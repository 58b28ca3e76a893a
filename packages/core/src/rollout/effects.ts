import { canonicalJson } from '../kernel/canonical-json.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { mayReach, type Split } from '../traffic/split.ts';
import type { Observation } from './observation.ts';
import type { TrackState } from './state.ts';

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

function capacityEffects(track: TrackState, { target }: Observation): readonly Effect[] {
  if (target.kind !== 'observed') return [];
  return Object.entries(track.capacity)
    .filter(([revision, order]) => !order.retiring && target.revisions[revision]?.ordered !== order.instances)
    .map(([revision, order]) => ({
      kind: 'applyCapacity',
      revision: revision as RevisionId,
      instances: order.instances,
      dedicatedPorts: order.dedicatedPorts,
    }));
}

function splitEffects(track: TrackState, { router }: Observation): readonly Effect[] {
  if (router.kind !== 'observed') return [];
  const inForce = router.inForce;
  const wanted = track.split;
  if (inForce === null && wanted.weights.length === 0) return [];
  return inForce && sameSplit(inForce, wanted) ? [] : [{ kind: 'applySplit', split: wanted }];
}

/** A revision is retired only when the router in force cannot reach it any more (invariant 2). */
function retireEffects(track: TrackState, { target, router }: Observation): readonly Effect[] {
  if (target.kind !== 'observed' || router.kind !== 'observed') return [];
  const inForce = router.inForce;
  return Object.entries(track.capacity)
    .filter(([revision, order]) => order.retiring && target.revisions[revision] !== undefined)
    .filter(([revision]) => inForce === null || !mayReach(inForce, revision as RevisionId))
    .map(([revision]) => ({ kind: 'retireRevision', revision: revision as RevisionId }));
}
