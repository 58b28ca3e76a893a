import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import type {
  AnalysisSpec,
  Amount,
  CanaryPhase,
  StrategyBase,
  StrategySpec,
} from '@sluice/core/rollout/strategy-spec.ts';
import type { StickyKey } from '@sluice/core/traffic/split.ts';
import type { AnalysisInput, CriteriaInput } from '../language/criteria-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { StrategyInput, StrategyKind } from '../language/strategy-language.ts';
import { defaultBasisPoints, defaultMs } from './default-value.ts';
import type { PlacedStrategy } from './placed-strategy.ts';
import { resolveAnalysis } from './resolve-analysis.ts';
import { overlaid, resolveCriteria } from './resolve-criteria.ts';
import { resolveMatches, resolveSticky } from './resolve-matches.ts';
import { resolveMeasurements } from './resolve-measurements.ts';
import { resolveGoal, resolveStep } from './resolve-steps.ts';
import { type BaseInput, baseOf, listOf, stepsOf, type StepInput } from './strategy-body.ts';
import { shortestWatchMs } from './watch-times.ts';

/** What a strategy depends on beside itself. */
export interface StrategyContext {
  /** `analysis` of the file. */
  readonly analysis: AnalysisInput;
  readonly instances: number;
  readonly user: StickyKey | null;
  /** Folder to which paths in the file are relative; absolute. */
  readonly baseDirectory: string;
  /** Whether somebody counts the requests of each revision. */
  readonly traffic: AnalysisSpec['traffic'];
  /** What the component is, if one of agents. */
  readonly agents: AgentsSpec | undefined;
}

/** How long the old copy is kept when nobody says so; rolling keeps none. */
const KEEP_OLD: Readonly<Record<StrategyKind, string>> = {
  rolling: '0s',
  'blue-green': DEFAULTS.blueGreen.keepOld,
  canary: DEFAULTS.canary.keepOld,
  ab: DEFAULTS.ab.keepOld,
  immutable: DEFAULTS.immutable.keepOld,
  shadow: DEFAULTS.shadow.keepOld,
  steps: DEFAULTS.steps.keepOld,
};

/** A strategy for one component with every default filled in. The file must have been found free of faults. */
export function resolveStrategy(placed: PlacedStrategy, context: StrategyContext): StrategySpec {
  const strategy = placed.strategy as StrategyInput;
  const own = baseOf(placed).base as BaseInput;
  const base = resolveBase(placed, own, context);
  const criteria = overlaid(context.analysis.criteria, own.criteria);
  switch (placed.kind) {
    case 'rolling':
      return { ...base, kind: 'rolling', ...resolveRolling(strategy.rolling ?? {}) };
    case 'blue-green':
      return {
        ...base,
        kind: 'blue-green',
        bakeMs: strategy['blue-green']?.bake ?? defaultMs(DEFAULTS.blueGreen.bake),
      };
    case 'canary':
      return { ...base, kind: 'canary', ...resolveCanary(strategy.canary ?? {}, criteria, context) };
    case 'ab':
      return { ...base, kind: 'ab', ...resolveAb(strategy.ab ?? {}, context.user) };
    case 'immutable':
      return { ...base, kind: 'immutable' };
    case 'shadow':
      return { ...base, kind: 'shadow', ...resolveShadow(strategy.shadow ?? {}) };
    case 'steps': {
      const steps = stepsOf(placed).steps as readonly StepInput[];
      return {
        ...base,
        kind: 'steps',
        steps: steps.map((step, index) =>
          resolveStep(step, { ...context, criteria, prefix: `step-${index + 1}.` }),
        ),
      };
    }
  }
}

function resolveBase(
  placed: PlacedStrategy,
  own: BaseInput,
  { analysis, user, baseDirectory, traffic, agents }: StrategyContext,
): StrategyBase {
  return {
    name: placed.name,
    analysis: resolveAnalysis(analysis, own, {
      watchMs: shortestWatchMs(placed),
      baseDirectory,
      traffic,
      agents,
      isCopied: placed.kind === 'shadow',
    }),
    checks: listOf(own.checks),
    afterChecks: listOf(own.after),
    keepOldMs: own['keep-old'] ?? defaultMs(KEEP_OLD[placed.kind]),
    progressDeadlineMs: own['progress-deadline'] ?? defaultMs(DEFAULTS.progressDeadline),
    sticky: resolveSticky(own.sticky, user),
  };
}

type Body<Kind extends Exclude<StrategyKind, 'steps'>> = NonNullable<StrategyInput[Kind]>;

function resolveRolling(rolling: Body<'rolling'>): {
  maxSurge: Amount;
  maxUnavailable: Amount;
  holdMs: number;
} {
  const surge: Amount =
    rolling.batches === undefined
      ? { basisPoints: defaultBasisPoints(DEFAULTS.rolling.maxSurge) }
      : // Rounded up here and again per component, so that so many batches are always enough.
        { basisPoints: Math.ceil(WHOLE_BASIS_POINTS / rolling.batches) };
  return {
    maxSurge: rolling['max-surge'] ?? surge,
    maxUnavailable: rolling['max-unavailable'] ?? { instances: DEFAULTS.rolling.maxUnavailable },
    holdMs: rolling.hold ?? defaultMs(DEFAULTS.rolling.hold),
  };
}

function resolveCanary(
  canary: Body<'canary'>,
  criteria: CriteriaInput,
  { user, baseDirectory }: StrategyContext,
): { phases: readonly CanaryPhase[]; early: boolean } {
  const phases = canary.phases?.map(
    (phase, index): CanaryPhase => ({
      shareBasisPoints: phase.share,
      holdMs: phase.hold,
      matches: resolveMatches(phase.match, user),
      criteria: resolveCriteria(overlaid(criteria, phase.criteria), phase.hold),
      measurements: resolveMeasurements(phase.measurements, { baseDirectory, prefix: `phase-${index + 1}.` }),
    }),
  );
  return { phases: phases ?? presetPhases(criteria), early: canary.early ?? DEFAULTS.canary.early };
}

const presetPhases = (criteria: CriteriaInput): readonly CanaryPhase[] =>
  DEFAULTS.canary.phases.map(({ share, hold }) => ({
    shareBasisPoints: defaultBasisPoints(share),
    holdMs: defaultMs(hold),
    matches: [],
    criteria: resolveCriteria(criteria, defaultMs(hold)),
    measurements: [],
  }));

const resolveAb = (ab: Body<'ab'>, user: StickyKey | null) => ({
  matches: resolveMatches(ab.match, user),
  goal: resolveGoal(ab.goal),
  significance: ab.significance ?? DEFAULTS.ab.significance,
  maxSamples: ab['max-samples'] ?? DEFAULTS.ab.maxSamples,
  limitMs: ab.limit ?? defaultMs(DEFAULTS.ab.limit),
  winner: ab.winner ?? DEFAULTS.ab.winner,
});

const resolveShadow = (shadow: Body<'shadow'>) => ({
  shareBasisPoints: shadow.share ?? defaultBasisPoints(DEFAULTS.shadow.share),
  holdMs: shadow.hold ?? defaultMs(DEFAULTS.shadow.hold),
  then: shadow.then ?? DEFAULTS.shadow.then,
});
