import { formatShare, WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { shareOf } from '../traffic/split.ts';
import { assess } from './assess.ts';
import { describeStep } from './describe-step.ts';
import type { Observation } from './observation.ts';
import type { Rollout, TrackState } from './state.ts';

/** Why a track is where it is, in words: what it does, what it waits for, what comes next, what is known. */
export interface Explanation {
  readonly doing: string;
  readonly waitingFor: string | null;
  readonly next: string | null;
  readonly evidence: readonly string[];
}

/** Explains the state a decision has led to. */
export function explain(track: TrackState, observation: Observation, waitingFor: string | null): Explanation {
  const troubles = [observation.target, observation.router]
    .filter((part) => part.kind === 'unreachable')
    .map((part) => part.message);
  const trouble = troubles.length > 0 ? `an answer from where it runs: ${troubles[0]}` : null;
  const { active } = track;
  if (!active)
    return {
      doing: idle(track),
      waitingFor: trouble ?? unready(track, observation),
      next: null,
      evidence: [],
    };
  return {
    doing: doing(track, active),
    // While nobody answers nothing else can be waited for with any hope.
    waitingFor: trouble ?? withStable(track, observation, waitingFor),
    next: next(active),
    evidence: active.evidence ? assess(active).judgement.sentences : [],
  };
}

function idle(track: TrackState): string {
  const stable = track.stable === null ? undefined : track.revisions[track.stable];
  if (!stable) return 'nothing has been released yet';
  const share = shareOf(track.split, stable.id);
  if (!track.splitConfirmed)
    return `${stable.version} is stable; that it has ${share === WHOLE_BASIS_POINTS ? 'all' : formatShare(share)} of the traffic is ordered and not confirmed`;
  return share === WHOLE_BASIS_POINTS
    ? `${stable.version} is stable and has all the traffic`
    : `${stable.version} is stable and has ${formatShare(share)} of the traffic until it can carry all of it`;
}

/** What keeps stable from carrying its traffic though nobody releases anything; null when nothing does. */
function unready(track: TrackState, { target }: Observation): string | null {
  const stable = track.stable === null ? undefined : track.revisions[track.stable];
  if (!stable || target.kind !== 'observed') return null;
  const { ready = 0, reason = null } = target.revisions[stable.id] ?? {};
  const wanted = track.capacity[stable.id]?.instances ?? 0;
  if (ready >= wanted) return null;
  return `instances of ${stable.version}: ${ready} of ${wanted} are ready${reason === null ? '' : `, because ${reason}`}`;
}

/** That stable breaks meanwhile concerns whoever waits for anything else; a step that waits for stable itself says so. */
function withStable(track: TrackState, observation: Observation, waitingFor: string | null): string | null {
  const { stable } = track;
  const version = stable === null ? undefined : track.revisions[stable]?.version;
  if (stable === null || version === undefined || shareOf(track.split, stable) === 0) return waitingFor;
  if (observation.target.kind !== 'observed' || waitingFor?.includes('stable') === true) return waitingFor;
  const { ready = 0, reason = null } = observation.target.revisions[stable] ?? {};
  if (ready > 0) return waitingFor;
  const broken = `stable ${version} has no instance ready${reason === null ? '' : `, because ${reason}`}`;
  return waitingFor === null ? broken : `${waitingFor}; meanwhile ${broken}`;
}

function doing(track: TrackState, rollout: Rollout): string {
  const { phase, version, plan } = rollout;
  const share = formatShare(shareOf(track.split, rollout.candidate));
  switch (phase.name) {
    case 'running':
      return `${version} at ${share}, step ${Math.min(phase.step + 1, plan.steps.length)} of ${plan.steps.length}: ${stepWords(rollout, phase.step)}`;
    case 'held':
      return `${version} held at ${share} (${phase.reason.kind}), step ${phase.step + 1} of ${plan.steps.length}: ${stepWords(rollout, phase.step)}`;
    case 'promoting':
      return `promoting ${version}`;
    case 'rolling-back':
      return `taking ${version} back: ${phase.reason.detail}`;
    case 'stuck':
      return `stuck while taking ${version} back: ${phase.obstacle}`;
    default:
      return `${version} is ${phase.name}`;
  }
}

function stepWords(rollout: Rollout, index: number): string {
  const step = rollout.plan.steps[index];
  return step ? describeStep(step) : 'finish';
}

function next({ phase, plan, version }: Rollout): string | null {
  if (phase.name !== 'running' && phase.name !== 'held') return null;
  const step = plan.steps[phase.step + 1];
  return step ? describeStep(step) : plan.promotes ? `${version} becomes stable` : 'the test ends';
}
