import { unitOf } from '../analysis/metric-words.ts';
import { never } from '../kernel/assert.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { demandFactor, scaledUp } from './observed-capacity.ts';
import { carries, requiredInstances } from '../traffic/capacity.ts';
import { shareOf, type Split } from '../traffic/split.ts';
import { capacityOf, emit, finishStep, orderCapacity, orderSplit, seen, type Draft } from './draft.ts';
import { sameSplit } from './effects.ts';
import { approvedWords } from './gating.ts';
import { concludeTest } from './promoting.ts';
import { judgeStep } from './judging.ts';
import { runCheckRound } from './checking.ts';
import type { Phase, Rollout } from './state.ts';
import type { Step } from './step.ts';
import { heldAtGate } from './waiting-at-gates.ts';

type Running = Extract<Phase, { name: 'running' }>;
type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

/** Works on the present step and finishes it when what it asks for is seen. */
export function runStep(draft: Draft, rollout: Rollout, phase: Running): void {
  const step = rollout.plan.steps[phase.step];
  if (!step) return rollout.plan.promotes ? beginPromotion(draft, rollout) : concludeTest(draft, rollout);
  switch (step.kind) {
    case 'provision':
      return provision(draft, rollout, phase, step);
    case 'verify':
      return verify(draft, rollout, phase, step);
    case 'shift':
      return moveSplit(draft, rollout, phase, shiftedSplit(rollout, step));
    case 'switch':
      return moveSplit(draft, rollout, phase, switchedSplit(rollout));
    case 'hold':
      return hold(draft, phase, step);
    case 'approve':
      return approve(draft, rollout, phase, step);
    case 'judge':
    case 'settle':
      return judgeStep(draft, rollout, phase, step);
    case 'retire':
      return beginPromotion(draft, rollout);
    default:
      return never(step, 'runStep');
  }
}

function beginPromotion(draft: Draft, rollout: Rollout): void {
  if (heldAtGate(draft, rollout)) return;
  emit(draft, { kind: 'promotionBegun', at: draft.observation.now, by: 'plan' });
}

function approve(draft: Draft, rollout: Rollout, phase: Running, step: StepOf<'approve'>): void {
  const approved = approvedWords(rollout, phase.step, draft.observation);
  if (approved !== null) return finishStep(draft, phase.step, approved);
  const reason = { kind: 'approval', prompt: step.prompt } as const;
  emit(draft, { kind: 'rolloutHeld', at: draft.observation.now, reason });
}

function provision(draft: Draft, rollout: Rollout, phase: Running, step: StepOf<'provision'>): void {
  // Without a stable revision every share is the whole.
  const factor = demandFactor(draft.track, draft.observation);
  const wanted = scaledUp(rollout.stable === null ? rollout.plan.instances : step.candidate, factor);
  if (isShareByInstances(draft, rollout, wanted) && heldAtGate(draft, rollout)) return;
  orderCapacity(draft, rollout.candidate, wanted, step.dedicatedPorts);
  const stableNeed = orderStable(draft, rollout, scaledUp(step.stable, factor));
  const candidateReady = capacityOf(draft, rollout.candidate).ready;
  const stableReady = capacityOf(draft, rollout.stable).ready;
  // In place a pod that stable loses comes back as the candidate's, and carries what it did.
  const replaced = rollout.plan.shares === 'in-place' ? Math.max(0, candidateReady - wanted) : 0;
  if (candidateReady >= wanted && stableReady + replaced >= stableNeed)
    return finishStep(
      draft,
      phase.step,
      `${candidateReady} of ${wanted} instances of ${rollout.version} are ready`,
    );
  const missing = candidateReady < wanted;
  draft.waitingFor = missing
    ? `instances of ${rollout.version}: ${candidateReady} of ${wanted} ready${because(draft, rollout.candidate)}`
    : `the stable revision: ${stableReady} of ${stableNeed} instances ready${because(draft, rollout.stable)} (\`--hotfix\` replaces a broken stable without waiting for it)`;
  rollBackWhenLate(draft, rollout, phase, draft.waitingFor);
}

/** Where no router makes the shares, more instances are a larger share. */
function isShareByInstances({ track }: Draft, { candidate, plan, stable }: Rollout, wanted: number): boolean {
  if (plan.shares === 'exact' || stable === null) return false;
  return wanted > (track.capacity[candidate]?.instances ?? 0);
}

const because = (draft: Draft, revision: Rollout['stable']): string => {
  const reason = seen(draft, revision)?.reason;
  return reason ? ` (${reason})` : '';
};

/** Orders the stable side's instances for a step and returns how many must be ready for its share. */
function orderStable(draft: Draft, rollout: Rollout, wanted: number): number {
  const { stable, plan } = rollout;
  const summary = stable === null ? undefined : draft.track.revisions[stable];
  if (stable === null || !summary) return 0;
  const share = shareOf(draft.track.split, stable);
  const forShare = share > 0 ? requiredInstances(share, summary.fullInstances) : 0;
  const forLoad = share > 0 ? requiredInstances(share, capacityOf(draft, stable).full) : 0;
  const scaled = Math.ceil((wanted * summary.instances) / Math.max(1, plan.instances));
  const keep = rollout.lane === 'normal' ? Math.max(scaled, forLoad) : summary.instances;
  // Until the router has the split, stable still serves what it had: a skipped shift must not take its instances.
  const present = draft.track.splitConfirmed ? 0 : (draft.track.capacity[stable]?.instances ?? 0);
  orderCapacity(draft, stable, Math.max(keep, present));
  // A step that takes all of stable has nothing of it to wait for.
  return rollout.lane === 'normal' && wanted > 0 ? forShare : 0;
}

function rollBackWhenLate(draft: Draft, rollout: Rollout, phase: Running, waitingFor: string): void {
  const { now } = draft.observation;
  if (now - phase.since <= rollout.plan.progressDeadlineMs) return;
  const detail = `no progress within the deadline while waiting for ${waitingFor}`;
  emit(draft, { kind: 'rollbackBegun', at: now, reason: { kind: 'deadline', detail } });
}

function verify(draft: Draft, rollout: Rollout, phase: Running, step: StepOf<'verify'>): void {
  const round = runCheckRound(draft, rollout, step.checks, `${phase.step}`);
  if (round.kind === 'passed') return finishStep(draft, phase.step, round.note);
  draft.waitingFor = round.note;
  if (round.kind === 'failed')
    emit(draft, {
      kind: 'rollbackBegun',
      at: draft.observation.now,
      reason: { kind: 'check', detail: round.note },
    });
}

function moveSplit(draft: Draft, rollout: Rollout, phase: Running, split: Split): void {
  if (isMore(draft, rollout, split) && heldAtGate(draft, rollout)) return;
  const lacking = inTheWay(draft, rollout, split) ?? lackingCapacity(draft, rollout, split);
  if (lacking) {
    draft.waitingFor = lacking;
    return rollBackWhenLate(draft, rollout, phase, lacking);
  }
  orderSplit(draft, split);
  if (draft.track.splitConfirmed) {
    const share = shareOf(split, rollout.candidate) / 100;
    return finishStep(
      draft,
      phase.step,
      `${share} % of the ${unitOf(rollout.plan.analysis.judge.custom)} go to ${rollout.version}`,
    );
  }
  draft.waitingFor = 'the router to confirm the split';
  rollBackWhenLate(draft, rollout, phase, draft.waitingFor);
}

/** Whether a split gives the candidate requests that the ordered one does not. */
function isMore({ track }: Draft, { candidate }: Rollout, split: Split): boolean {
  if (sameSplit(track.split, split)) return false;
  const mirrored = (of: Split): number => (of.mirror?.revision === candidate ? of.mirror.basisPoints : 0);
  return (
    shareOf(split, candidate) > shareOf(track.split, candidate) ||
    mirrored(split) > mirrored(track.split) ||
    split.matches.length > 0
  );
}

/** An old copy that would get a part of the requests, because every ready instance does. */
function inTheWay({ observation }: Draft, rollout: Rollout, split: Split): string | undefined {
  if (rollout.plan.shares === 'exact' || split.weights.length < 2) return undefined;
  if (observation.target.kind !== 'observed') return undefined;
  const old = Object.entries(observation.target.revisions).find(
    ([revision, { ready }]) => ready > 0 && revision !== rollout.candidate && revision !== rollout.stable,
  );
  return old && `the old copy ${old[0]} to go, which would get a part of the requests as well`;
}

/** Why a split cannot be carried now, or undefined. Sides that lose share are not asked. */
function lackingCapacity(draft: Draft, rollout: Rollout, split: Split): string | undefined {
  if (draft.observation.target.kind !== 'observed') return 'the target, which cannot be reached';
  const gaining = split.weights.filter(
    (weight) =>
      weight.basisPoints > shareOf(draft.track.split, weight.revision) || !draft.track.splitConfirmed,
  );
  const matched =
    split.matches.length > 0 || split.mirror ? [{ revision: rollout.candidate, basisPoints: 1 }] : [];
  for (const { revision, basisPoints } of [...gaining, ...matched]) {
    const capacity = capacityOf(draft, revision);
    if (revision === rollout.stable && (rollout.lane !== 'normal' || rollout.plan.shares === 'in-place'))
      continue;
    if (basisPoints > 0 && !carries(capacity, basisPoints))
      return `ready instances for a share of ${basisPoints / 100} %: ${capacity.ready} of ${requiredInstances(basisPoints, capacity.full)}`;
  }
  return undefined;
}

function shiftedSplit(rollout: Rollout, step: StepOf<'shift'>): Split {
  const { candidate, stable } = rollout;
  if (stable === null) return switchedSplit(rollout);
  const share = step.shareBasisPoints;
  return {
    weights: [
      { revision: candidate, basisPoints: share },
      { revision: stable, basisPoints: WHOLE_BASIS_POINTS - share },
    ].filter((weight) => weight.basisPoints > 0),
    matches: step.matches.map(({ conditions }) => ({ conditions, revision: candidate })),
    mirror: step.mirrorBasisPoints > 0 ? { revision: candidate, basisPoints: step.mirrorBasisPoints } : null,
    sticky: step.sticky,
    salt: share > 0 && step.sticky ? rollout.id : '',
  };
}

const switchedSplit = (rollout: Rollout): Split => ({
  weights: [{ revision: rollout.candidate, basisPoints: WHOLE_BASIS_POINTS }],
  matches: [],
  mirror: null,
  sticky: null,
  salt: '',
});

function hold(draft: Draft, phase: Running, step: StepOf<'hold'>): void {
  const left = phase.since + step.durationMs - draft.observation.now;
  if (left <= 0) return finishStep(draft, phase.step, 'the time is over');
  draft.waitingFor = `time to pass: ${Math.ceil(left / 1000)} s left`;
}
