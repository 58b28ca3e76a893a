import { refuse, ok, type Result } from '../kernel/result.ts';
import { newTrack } from './new-track.ts';
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
  const known = { ...newTrack(id), ...(stored as Partial<TrackState>), id, version };
  const fault = [known.active, ...known.queue].map(faultOf).find((found) => found !== undefined);
  if (fault === undefined) return ok(known);
  return refuse(
    'newer-state',
    `the track ${id} was written by a newer build: ${fault}`,
    'Run the newer build, or finish the rollout with it before going back.',
  );
}

function faultOf(rollout: Rollout | null): string | undefined {
  if (rollout === null) return undefined;
  if (!(rollout.phase.name in TABLE)) return `its rollout is ${rollout.phase.name as PhaseName}`;
  const step = rollout.plan.steps.find(({ kind }) => !KNOWN_STEPS.has(kind));
  return step && `its plan has a step ${step.kind}`;
}
