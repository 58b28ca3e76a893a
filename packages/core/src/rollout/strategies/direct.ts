import type { Step } from '../step.ts';
import type { StrategySpec } from '../strategy-spec.ts';
import { provision, retire, verify } from './building.ts';

/** The first release of a component: there is nothing to compare with and nothing to keep. */
export const firstReleaseSteps = (strategy: StrategySpec, instances: number): readonly Step[] => [
  provision(instances, 0),
  ...verify(strategy.checks),
  { kind: 'switch' },
  retire(0),
];

/** Hot-fix and undo: the candidate in full, verified, then everything at once, whatever state stable is in. */
export const replaceSteps = (strategy: StrategySpec, instances: number): readonly Step[] => [
  provision(instances, 0),
  ...verify(strategy.checks),
  { kind: 'switch' },
  retire(strategy.keepOldMs),
];
