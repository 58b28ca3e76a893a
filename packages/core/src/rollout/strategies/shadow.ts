import type { Step } from '../step.ts';
import type { StrategySpec } from '../strategy-spec.ts';
import { instancesFor, provision, retire, shift, verify } from './building.ts';

/**
 * Shadow: copies of a share of the requests go to the candidate, whose answers are compared and thrown away.
 * At the end the candidate is retired, or switched to when the spec says so.
 */
export function shadowSteps(
  strategy: Extract<StrategySpec, { kind: 'shadow' }>,
  instances: number,
): readonly Step[] {
  const watch: readonly Step[] = [
    provision(instancesFor(strategy.shareBasisPoints, instances), instances),
    ...verify(strategy.checks),
    shift(0, { mirrorBasisPoints: strategy.shareBasisPoints }),
    {
      kind: 'judge',
      durationMs: strategy.holdMs,
      criteria: strategy.analysis.criteria,
      early: false,
      winner: null,
      measurements: [],
    },
  ];
  if (strategy.then === 'retire') return [...watch, shift(0)];
  return [
    ...watch,
    shift(0),
    provision(instances, instances),
    { kind: 'switch' },
    retire(strategy.keepOldMs),
  ];
}
