import { formatShare, WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { Loose } from '../reading/loose.ts';
import { type StepInput, stepsOf } from '../resolve/strategy-body.ts';
import type { StrategyRule } from './rule.ts';

/** What the candidate gets before a step. */
interface Standing {
  readonly shareBasisPoints: number;
  /** Whether matches or a mirror send it requests as well. */
  readonly reached: boolean;
  readonly retired: boolean;
}

/** The steps of a plan stand in an order that can be carried out. */
export const stepsAreInOrder: StrategyRule = (strategy) => {
  const { steps, path } = stepsOf(strategy);
  const faults: Fault[] = [];
  let standing: Standing = { shareBasisPoints: 0, reached: false, retired: false };
  steps.forEach((step, index) => {
    const says = step === undefined ? undefined : orderFault(step, standing);
    if (says !== undefined) faults.push({ path: stepPath(step, [...path, index]), at: 'key', says });
    standing = after(standing, step);
  });
  return faults;
};

/** The one key of a step, for its path. */
function stepPath(step: Loose<StepInput> | undefined, path: SourcePath): SourcePath {
  const key = typeof step === 'object' ? Object.keys(step)[0] : undefined;
  return key === undefined ? path : [...path, key];
}

function orderFault(
  step: Loose<StepInput>,
  { shareBasisPoints, reached, retired }: Standing,
): string | undefined {
  if (retired) return 'comes after retire, which ends a plan';
  const share = shareOf(step);
  if (share !== undefined && share < shareBasisPoints)
    return `takes the share back from ${formatShare(shareBasisPoints)} to ${formatShare(share)}; a rollback does that by itself`;
  if (typeof step !== 'object') return undefined;
  if ('judge' in step && shareBasisPoints === 0 && !reached)
    return 'would see no requests: no step before it sends any to the candidate';
  if ('settle' in step && shareBasisPoints < WHOLE_BASIS_POINTS)
    return 'comes before the switch; use judge while both versions serve';
  return undefined;
}

function after(standing: Standing, step: Loose<StepInput> | undefined): Standing {
  const share = step === undefined ? undefined : shareOf(step);
  if (typeof step !== 'object') return { ...standing, shareBasisPoints: share ?? standing.shareBasisPoints };
  const { shift } = step;
  return {
    shareBasisPoints: share ?? standing.shareBasisPoints,
    reached:
      'shift' in step
        ? typeof shift === 'object' && ('match' in shift || 'mirror' in shift)
        : standing.reached,
    retired: standing.retired || 'retire' in step,
  };
}

/** The share that a step gives to the candidate; undefined when it moves nothing or could not be read. */
export function shareOf(step: Loose<StepInput>): number | undefined {
  if (step === 'switch') return WHOLE_BASIS_POINTS;
  if (typeof step !== 'object' || step.shift === undefined) return undefined;
  if (typeof step.shift === 'number') return step.shift;
  return 'share' in step.shift ? step.shift.share : 0;
}
