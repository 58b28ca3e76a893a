import { DEFAULT_JUDGE_SPEC } from '../analysis/judge-spec.ts';
import { startJudge } from '../analysis/judge-state.ts';
import { refuse, ok, type Result } from '../kernel/result.ts';
import { EMPTY_BASELINE } from './evidence.ts';
import { newTrack } from './new-track.ts';
import type { Plan } from './plan.ts';
import type { AnalysisSpec } from './strategy-spec.ts';
import { TABLE } from './transition.ts';
import type { PhaseName, Rollout, TrackState } from './state.ts';
import type { TrackId } from '../kernel/ids.ts';
import type { StepKind } from './step.ts';

/**
 * The steps that this build can carry out. A stored plan is followed as it was made, whatever this build would
 * compile today, so an upgrade with rollouts in flight changes nothing about them.
 */
const KNOWN_STEPS: ReadonlySet<string> = new Set<StepKind>([
  'provision',
  'verify',
  'shift',
  'hold',
  'approve',
  'judge',
  'switch',
  'settle',
  'retire',
]);

/**
 * Reads a track that some build stored, this one or an older one. What an older build did not know yet has the
 * value that a new track has. A state of a newer build (a phase or step that is unknown here) is refused: leaving
 * it alone is safe, guessing is not.
 */
export function readStoredTrack(id: TrackId, stored: unknown, version: number): Result<TrackState> {
  const known: TrackState = { ...newTrack(id), ...(stored as Partial<TrackState>), id, version };
  const fault = [known.active, ...known.queue].map(faultOf).find((found) => found !== undefined);
  if (fault === undefined) return ok(withKnownPlans(withKnownEvidence(known)));
  return refuse(
    'newer-state',
    `the track ${id} was written by a newer build: ${fault}`,
    'Run the newer build, or finish the rollout with it before going back.',
  );
}

/** Evidence of an older build lacks what that build did not judge by; it begins with nothing, and the rest goes on. */
function withKnownEvidence(track: TrackState): TrackState {
  const { active } = track;
  if (!active?.evidence) return track;
  const { evidence } = active;
  const spec = { ...DEFAULT_JUDGE_SPEC, ...evidence.judge.spec };
  const baseline = { ...EMPTY_BASELINE, ...evidence.judge.baseline };
  const { latency, stableLatency, ...fresh } = startJudge(spec, baseline);
  // What an older build knew of latency has another shape.
  const known = 'stableLatency' in evidence.judge ? {} : { latency, stableLatency };
  const judge = { ...fresh, ...evidence.judge, ...known, spec, baseline };
  return { ...track, active: { ...active, evidence: { ...evidence, judge, baseline } } };
}

/** Plans of an older build measure nothing beside what the router counts. */
function withKnownPlans(track: TrackState): TrackState {
  const { active, last, queue } = track;
  const rollouts = [active, last, ...queue].filter((rollout) => rollout !== null);
  if (rollouts.every(({ plan }) => 'measurements' in plan.analysis)) return track;
  return {
    ...track,
    active: active && measured(active),
    last: last && measured(last),
    queue: queue.map(measured),
  };
}

/** What an older build did not write is what it did. */
const EARLIER_PLAN: Pick<Plan, 'shares'> = { shares: 'exact' };
const EARLIER_ANALYSIS: Pick<AnalysisSpec, 'measurements' | 'traffic'> = {
  measurements: [],
  traffic: 'counted',
};

function measured(rollout: Rollout): Rollout {
  const steps = rollout.plan.steps.map((step) =>
    step.kind === 'judge' || step.kind === 'settle' ? { ...{ measurements: [] }, ...step } : step,
  );
  const analysis = { ...EARLIER_ANALYSIS, ...rollout.plan.analysis };
  const evidence = rollout.evidence && { ...{ measurements: {} }, ...rollout.evidence };
  return { ...rollout, evidence, plan: { ...EARLIER_PLAN, ...rollout.plan, steps, analysis } };
}

function faultOf(rollout: Rollout | null): string | undefined {
  if (rollout === null) return undefined;
  if (!(rollout.phase.name in TABLE)) return `its rollout is ${rollout.phase.name as PhaseName}`;
  const step = rollout.plan.steps.find(({ kind }) => !KNOWN_STEPS.has(kind));
  return step && `its plan has a step ${step.kind}`;
}
