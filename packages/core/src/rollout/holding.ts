import { assess } from './assess.ts';
import { emit, type Draft } from './draft.ts';
import { approvalCounts, approvedWords, closedGates, gatesWords } from './gating.ts';
import type { HoldReason, Phase, Rollout } from './state.ts';

type Held = Extract<Phase, { name: 'held' }>;

/** Looks whether what a rollout was held for is over, or its time limit has come. */
export function reconsiderHold(draft: Draft, rollout: Rollout, phase: Held): void {
  if (phase.reason.kind === 'winner') return takeWinner(draft, phase);
  if (phase.reason.kind === 'gate') return reconsiderGates(draft, rollout);
  if (phase.reason.kind === 'approval') return reconsiderApproval(draft, rollout, phase);
  if (isOver(rollout, phase.reason))
    return emit(draft, { kind: 'holdEnded', at: draft.observation.now, by: 'evidence' });
  draft.waitingFor = waitsFor(phase.reason);
  const limited = phase.reason.kind !== 'paused';
  const { on } = rollout.plan.analysis;
  if (limited && draft.observation.now - phase.since >= on.holdLimitMs) atLimit(draft, rollout, phase);
}

function reconsiderGates(draft: Draft, rollout: Rollout): void {
  const closed = closedGates(rollout, 'widen', draft.observation);
  if (closed.length === 0) return emit(draft, { kind: 'holdEnded', at: draft.observation.now, by: 'gates' });
  draft.waitingFor = gatesWords(closed);
}

function reconsiderApproval(draft: Draft, rollout: Rollout, { step, reason }: Held): void {
  const { now } = draft.observation;
  const approved = approvedWords(rollout, step, draft.observation);
  if (approved !== null) return emit(draft, { kind: 'stepFinished', at: now, step, note: approved });
  const counts = approvalCounts(rollout, step, draft.observation).map(({ words }) => words);
  draft.waitingFor = counts.length === 0 ? waitsFor(reason) : `${waitsFor(reason)}: ${counts.join('; ')}`;
}

function isOver(rollout: Rollout, reason: HoldReason): boolean {
  const { verdict, leaning } = assess(rollout);
  switch (reason.kind) {
    case 'paused':
    case 'approval':
    case 'winner':
    case 'gate':
      return false;
    case 'no-data':
      return (verdict === 'pass' || verdict === 'inconclusive') && hasEnough(rollout);
    case 'provider-error':
      return verdict !== 'provider-error';
    case 'suspicious':
      return leaning !== 'against';
    case 'inconclusive':
      return verdict === 'pass';
    case 'failing':
      return verdict !== 'fail';
  }
}

/** Silence is over when requests come; a sample that was too small is over when it is large enough. */
function hasEnough(rollout: Rollout): boolean {
  const step = rollout.phase.name === 'held' ? rollout.plan.steps[rollout.phase.step] : undefined;
  const { evidence } = rollout;
  const collecting = step?.kind === 'judge' && (evidence?.step.observedMs ?? 0) < step.durationMs;
  return (
    collecting ||
    step?.kind === 'settle' ||
    (evidence?.step.candidateRequests ?? 0) >= rollout.plan.analysis.minRequests
  );
}

function atLimit(draft: Draft, rollout: Rollout, phase: Held): void {
  const { now } = draft.observation;
  const { atLimit: action } = rollout.plan.analysis.on;
  const why = `held for ${phase.reason.kind} longer than its limit`;
  if (action === 'rollback')
    return emit(draft, { kind: 'rollbackBegun', at: now, reason: { kind: 'verdict-policy', detail: why } });
  if (action === 'promote')
    return emit(draft, {
      kind: 'stepFinished',
      at: now,
      step: phase.step,
      note: `gone on by policy: ${why}`,
    });
  draft.waitingFor = `a person (${why}): promote, abort, or wait on`;
}

function takeWinner(draft: Draft, phase: Held): void {
  const detail = phase.reason.kind === 'winner' ? ` ${phase.reason.detail}` : '';
  draft.waitingFor = `a person to pick the winner: promote takes the candidate, abort keeps stable.${detail}`;
}

function waitsFor(reason: HoldReason): string {
  switch (reason.kind) {
    case 'paused':
      return `${reason.by}, who paused it, to resume`;
    case 'approval':
      return `an approval: ${reason.prompt}`;
    case 'no-data':
      return `traffic on the candidate: ${reason.detail}`;
    case 'provider-error':
      return `the metrics provider: ${reason.detail}`;
    case 'suspicious':
      return `clearer evidence, because it leans against the candidate: ${reason.detail}`;
    case 'inconclusive':
      return `a verdict: ${reason.detail}`;
    case 'failing':
      return `a person, because the policy for fail is to hold: ${reason.detail}`;
    case 'winner':
      return `a person to pick the winner: ${reason.detail}`;
    case 'gate':
      return reason.detail;
  }
}
