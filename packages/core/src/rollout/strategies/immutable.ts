import type { Step } from '../step.ts';
import type { StrategySpec } from '../strategy-spec.ts';
import { retire, verify } from './building.ts';

/** Immutable: a whole new copy with ports of its own; the old one is destroyed once the new one serves. */
export function immutableSteps(
  strategy: Extract<StrategySpec, { kind: 'immutable' }>,
  instances: number,
): readonly Step[] {
  return [
    { kind: 'provision', candidate: instances, stable: instances, dedicatedPorts: true },
    ...verify(strategy.checks),
    { kind: 'switch' },
    retire(strategy.keepOldMs),
  ];
}
