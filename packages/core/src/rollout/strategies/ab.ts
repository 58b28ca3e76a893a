import type { StickyKey } from '../../traffic/split.ts';
import type { Step } from '../step.ts';
import type { StrategySpec } from '../strategy-spec.ts';
import { provision, retire, shift, verify } from './building.ts';

/**
 * A/B: matched requests, or half of the users by sticky hash, go to the candidate until a winner is found at
 * the asked significance or the limit is reached; the candidate is promoted only when it wins.
 */
export function abSteps(
  strategy: Extract<StrategySpec, { kind: 'ab' }>,
  instances: number,
  user: StickyKey | null,
): readonly Step[] {
  const { goal, significance, maxSamples, matches } = strategy;
  const equal = matches.length === 0;
  return [
    provision(instances, instances),
    ...verify(strategy.checks),
    shift(equal ? 5000 : 0, { matches, sticky: equal ? (strategy.sticky ?? user) : null }),
    {
      kind: 'judge',
      durationMs: strategy.limitMs,
      criteria: strategy.analysis.criteria,
      early: true,
      winner: { goal, significance, maxSamples, decide: strategy.winner },
      measurements: [],
    },
    { kind: 'switch' },
    retire(strategy.keepOldMs),
  ];
}
