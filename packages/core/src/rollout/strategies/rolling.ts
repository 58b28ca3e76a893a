import { WHOLE_BASIS_POINTS } from '../../kernel/share.ts';
import type { Step } from '../step.ts';
import type { Amount, StrategySpec } from '../strategy-spec.ts';
import { provision, retire, shift, verify } from './building.ts';

type Rolling = Extract<StrategySpec, { kind: 'rolling' }>;

/** How many instances may be missing at once; shares round down. 0 for every strategy but rolling. */
export const unavailableInstances = (strategy: StrategySpec, instances: number): number =>
  strategy.kind === 'rolling' ? counted(strategy.maxUnavailable, instances, Math.floor) : 0;

/**
 * Rolling: new instances come up within the surge, get the share that their number carries, and old ones go,
 * never below what must stay available, until only new ones are left.
 */
export function rollingSteps(strategy: Rolling, instances: number): readonly Step[] {
  const unavailable = unavailableInstances(strategy, instances);
  const surge = counted(strategy.maxSurge, instances, Math.ceil);
  const steps: Step[] = [];
  let candidate = 0;
  let stable = instances;
  while (candidate < instances) {
    const added = Math.min(
      instances + Math.max(surge, unavailable === 0 ? 1 : 0) - candidate - stable,
      instances - candidate,
    );
    if (added > 0) {
      candidate += added;
      steps.push(provision(candidate, stable), ...(candidate === added ? verify(strategy.checks) : []));
    }
    stable = candidate === instances ? 0 : Math.min(stable, Math.max(0, instances - unavailable - candidate));
    if (candidate > 0 && !isSwitched(steps)) steps.push(...batchTraffic(strategy, candidate, stable));
    if (candidate < instances || stable > 0) steps.push(provision(candidate, stable));
  }
  return [...steps, retire(strategy.keepOldMs)];
}

const isSwitched = (steps: readonly Step[]): boolean => steps.some(({ kind }) => kind === 'switch');

function batchTraffic(strategy: Rolling, candidate: number, stable: number): readonly Step[] {
  if (stable === 0) return [{ kind: 'switch' }];
  const share = Math.floor((candidate * WHOLE_BASIS_POINTS) / (candidate + stable));
  const watch: readonly Step[] =
    strategy.holdMs > 0
      ? [
          {
            kind: 'judge',
            durationMs: strategy.holdMs,
            criteria: strategy.analysis.criteria,
            early: false,
            winner: null,
            measurements: [],
          },
        ]
      : [];
  return [shift(share, { sticky: strategy.sticky }), ...watch];
}

function counted(amount: Amount, instances: number, round: (value: number) => number): number {
  return 'instances' in amount
    ? Math.min(amount.instances, instances)
    : round((amount.basisPoints * instances) / WHOLE_BASIS_POINTS);
}
