import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import type { Loose } from '../reading/loose.ts';

/** Instances of a step: a number as it is, a share of `full` rounded up and at least 1; undefined when unknown. */
export function instancesOf(amount: Loose<Amount>, full: number): number | undefined {
  if ('instances' in amount) return amount.instances;
  if (!('basisPoints' in amount) || amount.basisPoints === undefined) return undefined;
  return Math.max(1, Math.ceil((amount.basisPoints * full) / WHOLE_BASIS_POINTS));
}
