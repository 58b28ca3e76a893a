import { quantile } from '@sluice/core/analysis/histogram.ts';
import { assess } from '@sluice/core/rollout/assess.ts';
import type { ObservedGates } from '@sluice/core/gates/gate.ts';
import type { ArmTotals } from '@sluice/core/rollout/evidence.ts';
import type { Phase, Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import { EMPTY_SPLIT, shareOf } from '@sluice/core/traffic/split.ts';
import type { ArmView, EvidenceView, RolloutView } from '@sluice/protocol/http/views.ts';
import { approvalsView } from './gate-views.ts';
import { rolloutEnd } from '../loop/rollout-end.ts';
import { storedPlanView } from './plan-view.ts';

/**
 * A rollout for people and scripts. `track` gives the split in force; without it the rollout is over.
 *
 * @param gates what is seen of them now, where somebody has looked
 */
export function rolloutView(
  trackId: string,
  rollout: Rollout,
  track: TrackState | null,
  gates?: ObservedGates,
): RolloutView {
  const { phase } = rollout;
  const end = rolloutEnd(phase);
  const approvals = approvalsView(rollout, gates);
  const split = track?.active?.id === rollout.id ? track.split : EMPTY_SPLIT;
  return {
    id: rollout.id,
    number: rollout.number,
    track: trackId,
    version: rollout.version,
    lane: rollout.lane,
    candidate: rollout.candidate,
    stable: rollout.stable,
    requestedAt: rollout.requestedAt,
    requestedBy: rollout.requestedBy,
    ...(rollout.source && { source: rollout.source }),
    startedAt: rollout.startedAt,
    finishedAt: end?.at ?? null,
    verdictAt: rollout.verdictAt,
    phase: phase.name,
    outcome: end?.outcome ?? null,
    reason: reasonOf(phase),
    step: phase.name === 'running' || phase.name === 'held' ? phase.step : null,
    candidateShareBasisPoints: shareOf(split, rollout.candidate),
    plan: storedPlanView(rollout.plan),
    evidence: evidenceView(rollout),
    ...(approvals && { approvals }),
  };
}

function reasonOf(phase: Phase): RolloutView['reason'] {
  switch (phase.name) {
    case 'held':
      return { kind: phase.reason.kind, detail: holdDetail(phase.reason) };
    case 'rolling-back':
    case 'rolled-back':
      return { kind: phase.reason.kind, detail: phase.reason.detail };
    case 'stuck':
      return { kind: phase.reason.kind, detail: phase.obstacle };
    default:
      return null;
  }
}

function holdDetail(reason: Extract<Phase, { name: 'held' }>['reason']): string {
  if (reason.kind === 'paused') return `paused by ${reason.by}`;
  return reason.kind === 'approval' ? reason.prompt : reason.detail;
}

function evidenceView(rollout: Rollout): EvidenceView | null {
  const { evidence } = rollout;
  if (!evidence) return null;
  const { judgement, verdict, detail, leaning } = assess(rollout);
  return {
    verdict,
    detail,
    oddsAgainst: judgement.odds,
    pValue: judgement.pValue,
    leaning,
    attribution: judgement.attribution,
    ratio: judgement.ratio,
    excludedAbove: judgement.excludedAbove,
    moreRequests: judgement.moreRequests,
    sentences: [...judgement.sentences],
    candidate: armView(evidence.candidate),
    stable: armView(evidence.stable),
  };
}

const armView = ({ requests, errors, latency }: ArmTotals): ArmView => ({
  requests,
  errors,
  p50Ms: quantile(latency, 0.5) ?? null,
  p95Ms: quantile(latency, 0.95) ?? null,
  p99Ms: quantile(latency, 0.99) ?? null,
});
