import { formatAbout, formatSpan } from '../analysis/explain-judgement.ts';
import { unitOf } from '../analysis/metric-words.ts';
import { mayReach } from '../traffic/split.ts';
import { assess, type Assessment } from './assess.ts';
import { emit, finishStep, type Draft } from './draft.ts';
import { openMeasurement, unclearMeasurement } from './measuring.ts';
import type { HoldReason, Phase, Rollout } from './state.ts';
import type { Step } from './step.ts';
import type { VerdictAction } from './strategy-spec.ts';

type Running = Extract<Phase, { name: 'running' }>;
type Judging = Extract<Step, { kind: 'judge' | 'settle' }>;

/** Collects evidence for the step's time and follows the verdict. */
export function judgeStep(draft: Draft, rollout: Rollout, phase: Running, step: Judging): void {
  const assessment = assess(rollout);
  // Before it can be reached nothing is told of it by silence.
  const isReached = mayReach(draft.track.split, rollout.candidate);
  const held = holdNow(rollout, assessment, isReached);
  if (held) return follow(draft, rollout, phase, held.action, held.reason);
  // What is seen while somebody else has changed the split is evidence, and no reason to go on.
  if (!draft.track.splitConfirmed) {
    draft.waitingFor = 'the router to have the ordered split again, which somebody has changed';
    return;
  }
  if (step.kind === 'judge' && step.winner) return judgeWinner(draft, rollout, phase, step, assessment);
  const byClockMs = draft.observation.now - phase.since;
  const left = step.durationMs - (isReached ? elapsed(rollout, byClockMs) : byClockMs);
  const open = openMeasurement(rollout);
  const early = step.kind === 'judge' && step.early && assessment.verdict === 'pass';
  if (left > 0 && !early) {
    draft.waitingFor = waitsFor(rollout, step, { leftMs: left, assessment });
    return;
  }
  if (open !== undefined) {
    draft.waitingFor = open;
    return;
  }
  if (!isReached && assessment.verdict !== 'fail')
    return finishStep(draft, phase.step, 'nothing speaks against it, and nothing has reached it yet');
  conclude(draft, rollout, phase, step, assessment);
}

function waitsFor(
  { plan }: Rollout,
  step: Judging,
  { leftMs, assessment }: { readonly leftMs: number; readonly assessment: Assessment },
): string {
  const left = `${Math.ceil(leftMs / 1000)} s`;
  if (plan.analysis.traffic === 'uncounted') return `time to pass: ${left} left`;
  return step.kind === 'settle'
    ? `time to settle: ${left} left`
    : `evidence: ${left} of traffic more on the candidate${step.early ? orSooner(assessment, { leftMs, unit: unitOf(plan.analysis.judge.custom) }) : ''}`;
}

/** What would end the step before its time, where it is likely to come before. */
function orSooner(
  { judgement, verdict, leaning }: Assessment,
  { leftMs, unit }: { readonly leftMs: number; readonly unit: string },
): string {
  const { moreRequests, moreMs, moreFor } = judgement;
  if (verdict !== 'inconclusive' || leaning === 'against' || moreRequests === null) return '';
  if (moreMs === null || moreMs >= leftMs) return '';
  const proven = moreFor === 'latency' ? 'latency is proven good enough' : 'it is proven good enough';
  return `, or less if ${proven} before, which takes about ${formatAbout(moreRequests)} more ${unit} (${formatSpan(moreMs)})`;
}

/**
 * Time in which nobody looked, nobody answered or the candidate was warming up is none of a step's. Where nobody counts
 * requests it goes by the clock.
 */
const elapsed = ({ plan, evidence }: Rollout, byClockMs: number): number =>
  plan.analysis.traffic === 'uncounted' ? byClockMs : (evidence?.step.observedMs ?? 0);

/** Reasons to hold at any moment of a judging step: outages and silence, by their policies. */
function holdNow(
  rollout: Rollout,
  assessment: Assessment,
  isReached: boolean,
): { action: VerdictAction; reason: HoldReason } | undefined {
  const { on } = rollout.plan.analysis;
  const detail = assessment.detail;
  if (assessment.verdict === 'provider-error')
    return { action: on.providerError, reason: { kind: 'provider-error', detail } };
  if (assessment.verdict === 'no-data' && isReached)
    return { action: on.noData, reason: { kind: 'no-data', detail } };
  if (assessment.verdict === 'fail' && on.fail === 'hold')
    return { action: 'hold', reason: { kind: 'failing', detail } };
  const unclear = unclearMeasurement(rollout);
  if (unclear !== undefined) return { action: 'hold', reason: { kind: 'inconclusive', detail: unclear } };
  return undefined;
}

function conclude(
  draft: Draft,
  rollout: Rollout,
  phase: Running,
  step: Judging,
  assessment: Assessment,
): void {
  const { on, minRequests, traffic, judge } = rollout.plan.analysis;
  if (traffic === 'uncounted')
    return finishStep(draft, phase.step, 'the time is over, and nothing speaks against it');
  const seenRequests = rollout.evidence?.step.candidateRequests ?? 0;
  if (assessment.verdict === 'pass' || assessment.verdict === 'fail' || step.kind === 'settle')
    return finishStep(draft, phase.step, assessment.detail);
  if (seenRequests < minRequests) {
    const detail = `only ${seenRequests} of at least ${minRequests} ${unitOf(judge.custom)} reached the candidate`;
    return follow(draft, rollout, phase, on.noData, { kind: 'no-data', detail });
  }
  if (assessment.leaning === 'against')
    return follow(draft, rollout, phase, 'hold', { kind: 'suspicious', detail: assessment.detail });
  follow(draft, rollout, phase, on.inconclusive, { kind: 'inconclusive', detail: assessment.detail });
}

function judgeWinner(
  draft: Draft,
  rollout: Rollout,
  phase: Running,
  step: Extract<Judging, { kind: 'judge' }>,
  assessment: Assessment,
): void {
  const timeIsOver = draft.observation.now - phase.since >= step.durationMs;
  const winner = assessment.winner ?? 'undecided';
  const detail = assessment.winnerDetail;
  if (winner === 'undecided' && !timeIsOver) {
    draft.waitingFor = `a winner: ${detail}`;
    return;
  }
  if (step.winner?.decide === 'manual')
    return emit(draft, {
      kind: 'rolloutHeld',
      at: draft.observation.now,
      reason: { kind: 'winner', detail },
    });
  if (winner === 'candidate' && assessment.leaning === 'against')
    return follow(draft, rollout, phase, 'hold', { kind: 'suspicious', detail: assessment.detail });
  if (winner === 'candidate') return finishStep(draft, phase.step, detail);
  const reason = { kind: 'not-the-winner', detail } as const;
  emit(draft, { kind: 'rollbackBegun', at: draft.observation.now, reason });
}

function follow(
  draft: Draft,
  rollout: Rollout,
  phase: Running,
  action: VerdictAction,
  reason: HoldReason,
): void {
  const { now } = draft.observation;
  if (action === 'promote') return promoteAnyway(draft, rollout, phase, reason);
  if (action === 'rollback') {
    const detail = `the policy for ${reason.kind} is to roll back: ${'detail' in reason ? reason.detail : ''}`;
    return emit(draft, { kind: 'rollbackBegun', at: now, reason: { kind: 'verdict-policy', detail } });
  }
  emit(draft, { kind: 'rolloutHeld', at: now, reason });
}

/** The policy says to go on without a verdict: the step still takes its time by the clock. */
function promoteAnyway(draft: Draft, rollout: Rollout, phase: Running, reason: HoldReason): void {
  const step = rollout.plan.steps[phase.step];
  const durationMs = step && 'durationMs' in step ? step.durationMs : 0;
  const left = phase.since + durationMs - draft.observation.now;
  if (left <= 0)
    return finishStep(
      draft,
      phase.step,
      `gone on by policy in spite of ${reason.kind}: ${'detail' in reason ? reason.detail : ''}`,
    );
  draft.waitingFor = `time to pass: ${Math.ceil(left / 1000)} s left; the policy for ${reason.kind} is to go on`;
}
