import { carries } from '../traffic/capacity.ts';
import { mayReach, wholeTo } from '../traffic/split.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { runCheckRound } from './checking.ts';
import { capacityOf, emit, orderCapacity, orderRetirement, orderSplit, seen, type Draft } from './draft.ts';
import { demandFactor, scaledUp } from './observed-capacity.ts';
import type { Rollout } from './state.ts';
import { waitsAtGates } from './waiting-at-gates.ts';

/** Gives the candidate everything, checks it once more, and makes it stable. */
export function promote(draft: Draft, rollout: Rollout): void {
  const { now } = draft.observation;
  // Whoever cut the steps short has not opened the gates.
  if (rollout.candidate !== draft.track.stable && waitsAtGates(draft, rollout, 'widen')) return;
  const factor = demandFactor(draft.track, draft.observation);
  orderCapacity(draft, rollout.candidate, scaledUp(rollout.plan.instances, factor));
  const capacity = capacityOf(draft, rollout.candidate);
  if (!carries(capacity, WHOLE_BASIS_POINTS)) {
    const reason = seen(draft, rollout.candidate)?.reason;
    draft.waitingFor = `instances of ${rollout.version}: ${capacity.ready} of ${capacity.full} ready${reason ? ` (${reason})` : ''}`;
    return giveUpWhenLate(draft, rollout);
  }
  orderSplit(draft, wholeTo(rollout.candidate));
  // What it confirmed before is not enough for an end that nobody takes back by itself.
  if (!draft.track.splitConfirmed || draft.observation.router.kind !== 'observed') {
    draft.waitingFor = 'the router to confirm the split';
    return giveUpWhenLate(draft, rollout);
  }
  const round = runCheckRound(draft, rollout, rollout.plan.afterChecks, 'after');
  if (round.kind === 'running') {
    draft.waitingFor = round.note;
    return;
  }
  if (round.kind === 'failed')
    return emit(draft, { kind: 'rollbackBegun', at: now, reason: { kind: 'check', detail: round.note } });
  emit(draft, { kind: 'rolloutSucceeded', at: now, note: `${rollout.version} is stable` });
  keepOld(draft, rollout);
}

function giveUpWhenLate(draft: Draft, rollout: Rollout): void {
  const { now } = draft.observation;
  if (rollout.phase.name !== 'promoting' || now - rollout.phase.since <= rollout.plan.progressDeadlineMs)
    return;
  const detail = `the promotion made no progress within the deadline while waiting for ${draft.waitingFor}`;
  emit(draft, { kind: 'rollbackBegun', at: now, reason: { kind: 'deadline', detail } });
}

function keepOld(draft: Draft, rollout: Rollout): void {
  const old = rollout.stable;
  if (old === null || old === rollout.candidate) return;
  const retire = rollout.plan.steps.at(-1);
  const delayMs = retire?.kind === 'retire' ? retire.delayMs : 0;
  if (delayMs === 0) return orderRetirement(draft, old);
  const until = draft.observation.now + delayMs;
  emit(draft, { kind: 'revisionRetained', at: draft.observation.now, retained: { revision: old, until } });
}

/** Ends a plan that does not promote, such as a shadow test: the candidate goes, stable stays. */
export function concludeTest(draft: Draft, rollout: Rollout): void {
  if (rollout.stable !== null) orderSplit(draft, wholeTo(rollout.stable));
  if (!draft.track.splitConfirmed || mayReach(draft.track.split, rollout.candidate)) {
    draft.waitingFor = 'the router to confirm that nothing goes to the candidate any more';
    return;
  }
  orderRetirement(draft, rollout.candidate);
  const { now } = draft.observation;
  emit(draft, { kind: 'promotionBegun', at: now, by: 'plan' });
  emit(draft, {
    kind: 'rolloutSucceeded',
    at: now,
    note: `the test of ${rollout.version} is over; stable is unchanged`,
  });
}
