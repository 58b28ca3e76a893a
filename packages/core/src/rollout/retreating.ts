import type { RevisionId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/instant.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { retreatShare } from '../traffic/capacity.ts';
import { EMPTY_SPLIT, mayReach, shareOf, wholeTo, type Split } from '../traffic/split.ts';
import {
  capacityOf,
  emit,
  insistOnCapacity,
  orderCapacity,
  orderRetirement,
  orderSplit,
  seen,
  type Draft,
} from './draft.ts';
import { sameSplit } from './effects.ts';
import { demandFactor, scaledUp } from './observed-capacity.ts';
import type { Phase, Rollout } from './state.ts';

type RollingBack = Extract<Phase, { name: 'rolling-back' }>;
type Stuck = Extract<Phase, { name: 'stuck' }>;

/** How long a hot-fix lets a rollback before it go on, when stable has instances ready, in milliseconds. */
const REPLACEMENT_GRACE_MS = 15_000;

/** Orders to routers take less than this, in milliseconds; each is given up after ten seconds. */
const NOWHERE_AFTER_MS = 30_000;

/** How long a rollback may be kept from moving before a person is asked, in milliseconds. */
export const ROLLBACK_PATIENCE_MS = 600_000;

/** Takes the traffic back to stable as fast as stable can carry it, then retires the candidate. */
export function retreat(draft: Draft, rollout: Rollout, phase: RollingBack): void {
  const { now } = draft.observation;
  if (rollout.stable !== null) orderWhatStableNeeds(draft, rollout, rollout.stable);
  orderSplit(draft, retreatSplit(draft, rollout));
  if (isAway(draft, rollout)) {
    retireCandidate(draft, rollout);
    return emit(draft, { kind: 'rolloutRolledBack', at: now });
  }
  if (isReplacementUrgent(draft, rollout, phase.since)) return handOver(draft, rollout);
  draft.waitingFor = obstacle(draft, rollout);
  if (now - phase.since > ROLLBACK_PATIENCE_MS)
    emit(draft, { kind: 'rollbackBlocked', at: now, obstacle: draft.waitingFor });
}

/** Its declared instances, or as many as the load needs; what it was given for the rollout is not taken from it now. */
function orderWhatStableNeeds(draft: Draft, { candidate, plan }: Rollout, stable: RevisionId): void {
  const { track, observation } = draft;
  const declared = track.revisions[stable]?.instances ?? 1;
  const given = track.capacity[stable];
  const kept = given === undefined || given.retiring ? 0 : given.instances;
  const instances = Math.max(kept, scaledUp(declared, demandFactor(track, observation)));
  if (plan.shares === 'in-place' && candidate !== stable)
    insistOnCapacity(draft, stable, { instances, over: candidate });
  else orderCapacity(draft, stable, instances);
}

/** A stuck rollback goes on by itself as soon as it can move, or when a hot-fix comes to replace both sides. */
export function reconsiderStuck(draft: Draft, rollout: Rollout, phase: Stuck): void {
  const canMove = !sameSplit(retreatSplit(draft, rollout), draft.track.split);
  if (canMove || isAway(draft, rollout) || isReplacementUrgent(draft, rollout, phase.since))
    return emit(draft, { kind: 'rollbackResumed', at: draft.observation.now, by: 'recovery' });
  draft.waitingFor = `a person, because the rollback cannot go on: ${phase.obstacle}`;
}

const isAway = (draft: Draft, rollout: Rollout): boolean => {
  const { track } = draft;
  const { candidate, stable } = rollout;
  if (candidate !== stable && mayReach(track.split, candidate)) return false;
  return track.splitConfirmed || isNowhere(draft, rollout);
};

/** A first release whose route could never be made: no router has anything, and no order can be on its way any more. */
function isNowhere({ observation, track }: Draft, { phase, stable }: Rollout): boolean {
  const { router, now } = observation;
  if (stable !== null || track.split.weights.length > 0 || phase.name !== 'rolling-back') return false;
  return router.kind === 'observed' && router.inForce === null && now - phase.since > NOWHERE_AFTER_MS;
}

/** A hot-fix or undo does not wait for a stable side that does not come up: it replaces that side too. */
function isReplacementUrgent(draft: Draft, rollout: Rollout, since: Instant): boolean {
  const { observation, track } = draft;
  const next = track.queue[0];
  if (!next || next.lane === 'normal' || next.candidate === rollout.stable) return false;
  if (observation.target.kind !== 'observed' || !mayReach(track.split, rollout.candidate)) return false;
  return (seen(draft, rollout.stable)?.ready ?? 0) === 0 || observation.now - since > REPLACEMENT_GRACE_MS;
}

/** Ends the rollback with the candidate serving what stable cannot; it is retired once the replacement serves. */
function handOver(draft: Draft, { candidate }: Rollout): void {
  const { now } = draft.observation;
  emit(draft, { kind: 'revisionRetained', at: now, retained: { revision: candidate, until: now } });
  emit(draft, { kind: 'rolloutRolledBack', at: now });
}

function retireCandidate(draft: Draft, rollout: Rollout): void {
  const { candidate } = rollout;
  if (candidate === draft.track.stable) return;
  if (draft.track.capacity[candidate]) orderRetirement(draft, candidate);
}

function retreatSplit(draft: Draft, rollout: Rollout): Split {
  const { stable, candidate } = rollout;
  if (stable === null) return EMPTY_SPLIT;
  const { split } = draft.track;
  // Nothing of it is out there: whatever serves now goes on serving.
  if (candidate === stable || !mayReach(split, candidate)) return split;
  const current = presentShare(draft, candidate);
  const isSeen = draft.observation.target.kind === 'observed';
  const share = isSeen
    ? retreatShare(current, capacityOf(draft, candidate), capacityOf(draft, stable))
    : current;
  if (share === 0) return wholeTo(stable);
  if (share === shareOf(split, candidate) && split.matches.length === 0 && !split.mirror) return split;
  const weights = [
    { revision: candidate, basisPoints: share },
    { revision: stable, basisPoints: WHOLE_BASIS_POINTS - share },
  ];
  return { ...split, weights: weights.filter((weight) => weight.basisPoints > 0), matches: [], mirror: null };
}

/** What the candidate has in truth: a larger share that was ordered and is in no router yet is not given any more. */
function presentShare({ track, observation }: Draft, candidate: RevisionId): number {
  const ordered = shareOf(track.split, candidate);
  const { router } = observation;
  return router.kind === 'observed'
    ? Math.min(ordered, shareOf(router.inForce ?? EMPTY_SPLIT, candidate))
    : ordered;
}

function obstacle(draft: Draft, rollout: Rollout): string {
  const { target, router } = draft.observation;
  if (target.kind === 'unreachable') return `the target (${target.message})`;
  if (router.kind === 'unreachable') return `the router (${router.message})`;
  const stable = seen(draft, rollout.stable);
  if (rollout.stable !== null && mayReach(draft.track.split, rollout.candidate))
    return `the stable revision to carry the traffic: ${stable?.ready ?? 0} instances ready${stable?.reason ? ` (${stable.reason})` : ''}`;
  return 'the router to confirm the split';
}
