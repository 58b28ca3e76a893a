import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { retreatShare } from '../traffic/capacity.ts';
import { EMPTY_SPLIT, mayReach, shareOf, wholeTo, type Split } from '../traffic/split.ts';
import { capacityOf, emit, orderCapacity, orderRetirement, orderSplit, seen, type Draft } from './draft.ts';
import type { Phase, Rollout } from './state.ts';

type RollingBack = Extract<Phase, { name: 'rolling-back' }>;
type Stuck = Extract<Phase, { name: 'stuck' }>;

/** How long a rollback may be kept from moving before a person is asked, in milliseconds. */
export const ROLLBACK_PATIENCE_MS = 600_000;

/** Takes the traffic back to stable as fast as stable can carry it, then retires the candidate. */
export function retreat(draft: Draft, rollout: Rollout, phase: RollingBack): void {
  const { now } = draft.observation;
  if (rollout.stable !== null)
    orderCapacity(draft, rollout.stable, draft.track.revisions[rollout.stable]?.instances ?? 1);
  orderSplit(draft, retreatSplit(draft, rollout));
  const away = draft.track.splitConfirmed && !mayReach(draft.track.split, rollout.candidate);
  if (away) {
    retireCandidate(draft, rollout);
    return emit(draft, { kind: 'rolloutRolledBack', at: now });
  }
  draft.waitingFor = obstacle(draft, rollout);
  if (now - phase.since > ROLLBACK_PATIENCE_MS)
    emit(draft, { kind: 'rollbackBlocked', at: now, obstacle: draft.waitingFor });
}

/** A stuck rollback goes on by itself when what was in its way is gone. */
export function reconsiderStuck(draft: Draft, rollout: Rollout, phase: Stuck): void {
  const { target, router, now } = draft.observation;
  const stableReady = rollout.stable === null || (seen(draft, rollout.stable)?.ready ?? 0) > 0;
  if (target.kind === 'observed' && router.kind === 'observed' && stableReady)
    return emit(draft, { kind: 'rollbackResumed', at: now, by: 'recovery' });
  draft.waitingFor = `a person, because the rollback cannot go on: ${phase.obstacle}`;
}

function retireCandidate(draft: Draft, rollout: Rollout): void {
  const { candidate } = rollout;
  if (candidate === draft.track.stable) return;
  if (draft.track.capacity[candidate]) orderRetirement(draft, candidate);
}

function retreatSplit(draft: Draft, rollout: Rollout): Split {
  const { stable, candidate } = rollout;
  if (stable === null) return EMPTY_SPLIT;
  const current = shareOf(draft.track.split, candidate);
  if (draft.observation.target.kind !== 'observed') return draft.track.split;
  const share = retreatShare(current, capacityOf(draft, candidate), capacityOf(draft, stable));
  if (share === 0) return wholeTo(stable);
  if (share === current && draft.track.split.matches.length === 0) return draft.track.split;
  const weights = [
    { revision: candidate, basisPoints: share },
    { revision: stable, basisPoints: WHOLE_BASIS_POINTS - share },
  ];
  return {
    ...draft.track.split,
    weights: weights.filter((weight) => weight.basisPoints > 0),
    matches: [],
    mirror: null,
  };
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
