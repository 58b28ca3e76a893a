import type { GateRules } from '../gates/gate-rules.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import type { StickyKey } from '../traffic/split.ts';
import type { ComponentSpec } from './component-spec.ts';
import type { Step } from './step.ts';
import type { AnalysisSpec, StrategySpec } from './strategy-spec.ts';
import { sharesByInstances } from './shares-by-instances.ts';
import { abSteps } from './strategies/ab.ts';
import { blueGreenSteps } from './strategies/blue-green.ts';
import { canarySteps } from './strategies/canary.ts';
import { customSteps } from './strategies/custom.ts';
import { firstReleaseSteps, replaceSteps } from './strategies/direct.ts';
import { immutableSteps } from './strategies/immutable.ts';
import { rollingSteps, unavailableInstances } from './strategies/rolling.ts';
import { shadowSteps } from './strategies/shadow.ts';

/** Why a rollout goes the way it does: by its strategy, or by one of the direct ways. */
export type RolloutLane =
  | 'normal'
  /** Replaces a broken stable revision without waiting for it. */
  | 'hotfix'
  /** Brings an earlier revision back at once. */
  | 'undo';

/**
 * Who makes the shares: a router, exactly; the numbers of ready instances; or one workload that is changed in place, where
 * in addition each instance of one side takes the place of one of the other.
 */
export type ShareMaking = 'exact' | 'by-instances' | 'in-place';

/** What a rollout will do; fixed when it is requested, stored, and readable before anything happens. */
export interface Plan {
  readonly strategy: string;
  readonly kind: StrategySpec['kind'] | 'first' | 'hotfix' | 'undo';
  readonly steps: readonly Step[];
  /** Whether a router makes the shares, or the number of ready instances. */
  readonly shares: ShareMaking;
  /** Whether the candidate becomes stable at the end; a shadow test may end without that. */
  readonly promotes: boolean;
  /** Instances that carry the whole of the traffic. */
  readonly fullInstances: number;
  /** Instances of the component when it is stable. */
  readonly instances: number;
  readonly analysis: AnalysisSpec;
  readonly afterChecks: readonly string[];
  readonly progressDeadlineMs: number;
  readonly sticky: StickyKey | null;
  /** What it has to pass; nothing where it is left out. */
  readonly gates?: GateRules;
}

/** Compiles what a component says about its strategy into a plan; pure, the same input gives the same plan. */
export function compilePlan(
  component: ComponentSpec,
  circumstances: { readonly first: boolean; readonly lane: RolloutLane; readonly shares?: ShareMaking },
): Plan {
  const { instances } = component;
  const { shares = 'exact' } = circumstances;
  const strategy = shares === 'in-place' ? inPlace(component.strategy, instances) : component.strategy;
  const { kind, steps } = chosenSteps({ ...component, strategy }, circumstances);
  // By the strategy and not by the lane: the same revision must mean the same when it comes as a hot-fix or an undo.
  const unavailable = unavailableInstances(strategy, instances);
  return {
    strategy: strategy.name,
    kind,
    steps:
      shares === 'by-instances' && kind !== 'rolling' && kind !== 'first'
        ? sharesByInstances(steps, instances)
        : steps,
    shares,
    promotes: !(kind === 'shadow' && strategy.kind === 'shadow' && strategy.then === 'retire'),
    fullInstances: Math.max(1, instances - unavailable),
    instances,
    analysis: isDirect(kind)
      ? { ...strategy.analysis, measurements: [], expressions: [] }
      : strategy.analysis,
    afterChecks: strategy.afterChecks,
    progressDeadlineMs: strategy.progressDeadlineMs,
    sticky: strategy.sticky,
    ...(strategy.gates && { gates: strategy.gates }),
  };
}

/**
 * Whether a plan goes straight to its end: there is nothing yet to compare with or to go back to, or a person has said that what
 * is stable is worse. Health and checks can end it, and no verdict.
 */
export const isDirect = (kind: Plan['kind']): boolean =>
  kind === 'first' || kind === 'hotfix' || kind === 'undo';

/** There is no place for one instance more, so that at least one is away at a time; and nothing is left that could be kept. */
function inPlace(strategy: StrategySpec, instances: number): StrategySpec {
  if (strategy.kind !== 'rolling') return { ...strategy, keepOldMs: 0 };
  const isNone = unavailableInstances(strategy, instances) === 0;
  const maxUnavailable = isNone ? { instances: 1 } : strategy.maxUnavailable;
  return { ...strategy, maxSurge: { instances: 0 }, maxUnavailable, keepOldMs: 0 };
}

function chosenSteps(
  component: ComponentSpec,
  { first, lane }: { first: boolean; lane: RolloutLane },
): { kind: Plan['kind']; steps: readonly Step[] } {
  const { strategy, instances } = component;
  if (first) return { kind: 'first', steps: firstReleaseSteps(strategy, instances) };
  if (lane === 'hotfix') return { kind: 'hotfix', steps: replaceSteps(strategy, instances) };
  if (lane === 'undo') return { kind: 'undo', steps: replaceSteps({ ...strategy, checks: [] }, instances) };
  return { kind: strategy.kind, steps: strategySteps(strategy, component) };
}

function strategySteps(strategy: StrategySpec, component: ComponentSpec): readonly Step[] {
  const { instances } = component;
  switch (strategy.kind) {
    case 'rolling':
      return rollingSteps(strategy, instances);
    case 'blue-green':
      return blueGreenSteps(strategy, instances);
    case 'canary':
      return canarySteps(strategy, instances);
    case 'ab':
      return abSteps(strategy, instances, component.user);
    case 'immutable':
      return immutableSteps(strategy, instances);
    case 'shadow':
      return shadowSteps(strategy, instances);
    case 'steps':
      return customSteps(strategy, instances);
  }
}

/** The candidate's share after each step, in basis points, by following the plan; for printing and checking. */
export function sharesAlong(steps: readonly Step[]): readonly number[] {
  let share = 0;
  return steps.map((step) => {
    if (step.kind === 'shift') share = step.shareBasisPoints;
    if (step.kind === 'switch') share = WHOLE_BASIS_POINTS;
    return share;
  });
}
