import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { requiredInstances } from '../traffic/capacity.ts';
import type { Step } from './step.ts';

/**
 * Steps for a place where nobody splits requests, so that each ready instance gets its part and shares follow their
 * number. A share becomes the nearest one from above that whole instances make, at least one on each side; the candidate's
 * come up before stable's go, and both together are as many as the component has (one more where it has only one).
 */
export function sharesByInstances(steps: readonly Step[], instances: number): readonly Step[] {
  let stable = instances;
  const made = steps.flatMap((step): readonly Step[] => {
    if (step.kind === 'provision') return [{ ...step, stable }];
    if (step.kind !== 'shift' || step.shareBasisPoints === 0) return [step];
    const candidate = candidatesFor(step.shareBasisPoints, instances);
    const before = stable;
    stable = Math.max(1, instances - candidate);
    const shareBasisPoints = Math.round((candidate * WHOLE_BASIS_POINTS) / (candidate + stable));
    const provision = { kind: 'provision', candidate, dedicatedPorts: false } as const;
    return [
      { ...provision, stable: before },
      { ...step, shareBasisPoints },
      { ...provision, stable },
    ];
  });
  return made.filter((step, index) => !isSameProvision(step, made[index - 1]));
}

const isSameProvision = (step: Step, before: Step | undefined): boolean =>
  step.kind === 'provision' &&
  before?.kind === 'provision' &&
  step.candidate === before.candidate &&
  step.stable === before.stable;

const candidatesFor = (shareBasisPoints: number, instances: number): number =>
  Math.max(1, Math.min(requiredInstances(shareBasisPoints, instances), instances - 1));
