import type { Step } from '../step.ts';
import type { StrategySpec } from '../strategy-spec.ts';
import { provision, retire } from './building.ts';

/**
 * A list of steps written by hand. What no plan can do without is added when it is missing: full capacity and a
 * switch at the end, and the retirement of the old copy.
 */
export function customSteps(
  strategy: Extract<StrategySpec, { kind: 'steps' }>,
  instances: number,
): readonly Step[] {
  const own = strategy.steps;
  const head: readonly Step[] = own[0]?.kind === 'provision' ? [] : [provision(instances, instances)];
  const tail: readonly Step[] = own.some((step) => step.kind === 'switch')
    ? []
    : [provision(instances, instances), { kind: 'switch' }];
  const end: readonly Step[] = own.at(-1)?.kind === 'retire' ? [] : [retire(strategy.keepOldMs)];
  return [
    ...head,
    ...own.slice(0, own.length - (end.length === 0 ? 1 : 0)),
    ...tail,
    ...(end.length === 0 ? own.slice(-1) : end),
  ];
}
