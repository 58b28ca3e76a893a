import { WHOLE_BASIS_POINTS } from '../../kernel/share.ts';
import type { Step } from '../step.ts';
import type { CanaryPhase, StrategySpec } from '../strategy-spec.ts';
import { instancesFor, provision, retire, shift, verify } from './building.ts';

type Canary = Extract<StrategySpec, { kind: 'canary' }>;

/**
 * Canary: per phase the candidate gets the instances its share needs, then the share, then is judged for the
 * phase's time. A phase of 100 % is a switch that is watched. Whatever the last phase, the plan ends at 100 %.
 */
export function canarySteps(strategy: Canary, instances: number): readonly Step[] {
  const phases = strategy.phases.flatMap((phase, index) => [
    provision(instancesFor(phase.shareBasisPoints, instances), instances),
    ...(index === 0 ? verify(strategy.checks) : []),
    ...phaseSteps(phase, strategy),
  ]);
  const last = strategy.phases.at(-1)?.shareBasisPoints ?? 0;
  const finish: readonly Step[] =
    last === WHOLE_BASIS_POINTS ? [] : [provision(instances, instances), { kind: 'switch' }];
  return [...phases, ...finish, retire(strategy.keepOldMs)];
}

function phaseSteps(phase: CanaryPhase, strategy: Canary): readonly Step[] {
  const criteria = phase.criteria.length > 0 ? phase.criteria : strategy.analysis.criteria;
  const { measurements = [] } = phase;
  if (phase.shareBasisPoints === WHOLE_BASIS_POINTS)
    return [{ kind: 'switch' }, { kind: 'settle', durationMs: phase.holdMs, criteria, measurements }];
  return [
    shift(phase.shareBasisPoints, { matches: phase.matches, sticky: strategy.sticky }),
    {
      kind: 'judge',
      durationMs: phase.holdMs,
      criteria,
      early: strategy.early,
      winner: null,
      measurements,
    },
  ];
}
