import type { Step } from '../step.ts';
import type { StrategySpec } from '../strategy-spec.ts';
import { provision, retire, verify } from './building.ts';

/** Blue-green: a full second copy, verified, switched to at once, baked, and the old copy kept for a while. */
export function blueGreenSteps(
  strategy: Extract<StrategySpec, { kind: 'blue-green' }>,
  instances: number,
): readonly Step[] {
  return [
    provision(instances, instances),
    ...verify(strategy.checks),
    { kind: 'switch' },
    { kind: 'settle', durationMs: strategy.bakeMs, criteria: strategy.analysis.criteria, measurements: [] },
    retire(strategy.keepOldMs),
  ];
}
