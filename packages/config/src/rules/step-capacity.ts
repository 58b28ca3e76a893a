import { formatShare, WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import { requiredInstances } from '@sluice/core/traffic/capacity.ts';
import type { Fault } from '../diagnostics/diagnostic.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { Loose } from '../reading/loose.ts';
import { decided, decidedWorkload } from '../resolve/placed-component.ts';
import { instancesOf } from '../resolve/resolve-amount.ts';
import { type StepInput, stepsOf } from '../resolve/strategy-body.ts';
import { shareOf } from './hand-written-steps.ts';
import type { PairRule } from './rule.ts';

/** In a plan written by hand, no version gets a share that the instances provisioned before cannot carry. */
export const stepsCarryTheirShares: PairRule = (component, strategy) => {
  const { steps, path } = stepsOf(strategy);
  // How many a workload of manifests has is known once they are read.
  if (decidedWorkload(component)?.key === 'manifests') return [];
  const full = (decided(component, 'instances') ?? { value: DEFAULTS.instances }).value;
  if (full === undefined) return [];
  let candidate: number | undefined = full;
  const faults: Fault[] = [];
  steps.forEach((step, index) => {
    if (typeof step === 'object' && 'provision' in step) candidate = provisioned(step, full);
    const share = step === undefined ? undefined : shareOf(step);
    if (share === undefined || candidate === undefined) return;
    const needed = requiredInstances(share, full);
    if (candidate >= needed) return;
    const sends = share === WHOLE_BASIS_POINTS ? 'all requests' : `${formatShare(share)} of the requests`;
    const says = `sends ${sends} to ${candidate} of ${full} instances of component ${component.name}; provision ${needed} before`;
    faults.push({
      path: step === 'switch' ? [...path, index] : [...path, index, 'shift'],
      at: 'value',
      says,
    });
  });
  return faults;
};

function provisioned(step: Extract<Loose<StepInput>, object>, full: number): number | undefined {
  const { provision } = step;
  const amount =
    provision && 'candidate' in provision ? provision.candidate : (provision as Loose<Amount> | undefined);
  return amount === undefined ? undefined : instancesOf(amount, full);
}
