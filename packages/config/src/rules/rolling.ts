import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { Loose } from '../reading/loose.ts';
import { decided, decidedWorkload } from '../resolve/placed-component.ts';
import { bodyOf } from '../resolve/strategy-body.ts';
import type { PairRule, StrategyRule } from './rule.ts';

/** Instances can be replaced at all: something may be added or something may be missing, said in one way. */
export const rollingMoves: StrategyRule = (strategy) => {
  if (strategy.kind !== 'rolling') return [];
  const rolling = bodyOf(strategy, 'rolling');
  const path = [...strategy.path, 'rolling'];
  if ('batches' in rolling && 'max-surge' in rolling) {
    const says = 'cannot stand beside max-surge; batches say how many instances are added at a time';
    return [{ path: [...path, 'batches'], at: 'key', says }];
  }
  const standsStill =
    isNone(rolling['max-surge']) && isNone(rolling['max-unavailable'] ?? noUnavailable(rolling));
  if (!standsStill) return [];
  const says = 'is none while max-unavailable is none too, so no instance could ever be replaced';
  return [{ path: [...path, 'max-surge'], at: 'value', says, expected: 'at least one of them above 0' }];
};

const noUnavailable = (rolling: object): Amount | undefined =>
  'max-unavailable' in rolling ? undefined : { instances: DEFAULTS.rolling.maxUnavailable };

function isNone(amount: Loose<Amount> | undefined): boolean {
  if (amount === undefined) return false;
  return 'instances' in amount ? amount.instances === 0 : 'basisPoints' in amount && amount.basisPoints === 0;
}

/** There are not more batches than instances. */
export const batchesFit: PairRule = (component, strategy) => {
  const { batches } = bodyOf(strategy, 'rolling');
  // How many a workload of manifests has is known once they are read.
  if (decidedWorkload(component)?.key === 'manifests') return [];
  const instances = decided(component, 'instances') ?? { value: DEFAULTS.instances };
  if (batches === undefined || instances.value === undefined || batches <= instances.value) return [];
  const has = `${instances.value} instance${instances.value === 1 ? '' : 's'}`;
  const says = `is ${batches}, but component ${component.name} has only ${has} in ${component.environment}`;
  return [
    {
      path: [...strategy.path, 'rolling', 'batches'],
      at: 'value',
      says,
      expected: `at most ${instances.value}`,
    },
  ];
};
