import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { requiredInstances } from '../traffic/capacity.ts';
import type { Step } from './step.ts';

/** How many of each side there are. */
interface Sides {
  readonly candidate: number;
  readonly stable: number;
}

/**
 * Steps for a place where nobody splits requests, so that each ready instance gets its part and shares follow their
 * number. A share becomes the nearest one from above that whole instances make, at least one on each side; one that the
 * instances of the next step make already stays. Who gains comes up before who loses goes down, and after each shift both
 * together are at least as many as the component has (one more where it has only one, or where the next step has more).
 */
export function sharesByInstances(steps: readonly Step[], instances: number): readonly Step[] {
  let sides: Sides = { candidate: 0, stable: instances };
  const made = steps.flatMap((step, index): readonly Step[] => {
    if (step.kind === 'provision') {
      sides = { ...sides, candidate: step.candidate };
      return [{ ...step, stable: sides.stable }];
    }
    if (step.kind !== 'shift') return [step];
    const before = sides;
    const next = steps[index + 1];
    sides = isMadeBy(next, step.shareBasisPoints, instances)
      ? next
      : sidesFor(step.shareBasisPoints, instances, before);
    const most = {
      candidate: Math.max(before.candidate, sides.candidate),
      stable: Math.max(before.stable, sides.stable),
    };
    const shift = { ...step, shareBasisPoints: shareOf(step.shareBasisPoints, sides) };
    const after = isSameProvision(provision(sides), provision(most)) ? [] : [provision(sides)];
    return [provision(most), shift, ...after];
  });
  return made.filter((step, index) => !isSameProvision(step, made[index - 1]));
}

/** Whether a step leaves instances whose numbers are a share, and no fewer than the component has. */
function isMadeBy(
  step: Step | undefined,
  shareBasisPoints: number,
  instances: number,
): step is Extract<Step, { kind: 'provision' }> {
  if (step?.kind !== 'provision' || step.candidate === 0 || step.stable === 0) return false;
  return step.candidate + step.stable >= instances && shareOf(shareBasisPoints, step) === shareBasisPoints;
}

/** Without a share the candidate keeps what it has: checks and measurements may still be about it. */
function sidesFor(shareBasisPoints: number, instances: number, before: Sides): Sides {
  if (shareBasisPoints === 0) return { candidate: before.candidate, stable: instances };
  const candidate = Math.max(1, Math.min(requiredInstances(shareBasisPoints, instances), instances - 1));
  return { candidate, stable: Math.max(1, instances - candidate) };
}

const shareOf = (asked: number, { candidate, stable }: Sides): number =>
  asked === 0 ? 0 : Math.round((candidate * WHOLE_BASIS_POINTS) / (candidate + stable));

const provision = ({ candidate, stable }: Sides): Step => ({
  kind: 'provision',
  candidate,
  stable,
  dedicatedPorts: false,
});

const isSameProvision = (step: Step, before: Step | undefined): boolean =>
  step.kind === 'provision' &&
  before?.kind === 'provision' &&
  step.candidate === before.candidate &&
  step.stable === before.stable;
