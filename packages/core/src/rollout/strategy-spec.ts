import type { Criterion } from '../analysis/thresholds.ts';
import type { GateRules } from '../gates/gate-rules.ts';
import type { JudgeSpec } from '../analysis/judge-spec.ts';
import type { GoalSpec } from '../traffic/goal.ts';
import type { StickyKey } from '../traffic/split.ts';
import type { BackgroundMeasurement, MeasurementSpec } from './measurement-spec.ts';
import type { Step, UserMatch } from './step.ts';

/** What to do with a verdict; `promote` means go on to the next step. */
export type VerdictAction = 'hold' | 'promote' | 'rollback';

/** What to do on each verdict that is not a pass, and for how long a hold may last. */
export interface VerdictPolicies {
  readonly fail: VerdictAction;
  readonly inconclusive: VerdictAction;
  readonly noData: VerdictAction;
  readonly providerError: VerdictAction;
  /** Longest hold for one reason, in ms; then `atLimit` happens. */
  readonly holdLimitMs: number;
  readonly atLimit: 'promote' | 'rollback' | 'ask-human';
}

/** Expressions in CEL over `candidate`, `stable` and `seconds`; each must be true in a window to pass. */
export interface ExpressionCriterion {
  readonly expression: string;
  readonly windowMs: number;
  readonly failureLimit: number;
}

/** What is demanded while a candidate takes traffic: the judge watches all the time, these are hard limits. */
export interface AnalysisSpec {
  /**
   * Whether somebody counts the requests of each revision. Where nobody does, nothing is judged by traffic: steps take
   * their time by the clock, and only health, checks and measurements can end a rollout.
   */
  readonly traffic: 'counted' | 'uncounted';
  readonly judge: JudgeSpec;
  readonly criteria: readonly Criterion[];
  readonly expressions: readonly ExpressionCriterion[];
  /** Measured beside the steps, over the whole rollout or from a step on. */
  readonly measurements: readonly BackgroundMeasurement[];
  readonly on: VerdictPolicies;
  /** Fewest candidate requests in a phase; below it the verdict is no data. */
  readonly minRequests: number;
}

/** What every strategy has. */
export interface StrategyBase {
  /** Name in the file, or the kind for a preset. */
  readonly name: string;
  readonly analysis: AnalysisSpec;
  /** Checks that a candidate must pass before it takes any traffic. */
  readonly checks: readonly string[];
  /** Checks after the candidate has become stable; a failure is reported and rolls back. */
  readonly afterChecks: readonly string[];
  /** How long the old copy is kept after promotion, in ms. */
  readonly keepOldMs: number;
  /** Without progress in a step for this long, the rollout is rolled back, in ms. */
  readonly progressDeadlineMs: number;
  readonly sticky: StickyKey | null;
  /** What releases have to pass where the component goes; nothing where it is left out. */
  readonly gates?: GateRules;
}

/** One phase of a canary. */
export interface CanaryPhase {
  readonly shareBasisPoints: number;
  readonly holdMs: number;
  /** Requests that go to the candidate whatever the share. */
  readonly matches: readonly UserMatch[];
  readonly criteria: readonly Criterion[];
  /** Measured in this phase alone, beside those of the analysis. */
  readonly measurements?: readonly MeasurementSpec[];
}

/** A number of instances, or a share of them (rounded up for surge, down for unavailable). */
export type Amount = { readonly instances: number } | { readonly basisPoints: number };

/** The strategies, with every default filled in. */
export type StrategySpec = StrategyBase &
  (
    | {
        readonly kind: 'rolling';
        readonly maxSurge: Amount;
        readonly maxUnavailable: Amount;
        readonly holdMs: number;
      }
    | { readonly kind: 'blue-green'; readonly bakeMs: number }
    | {
        readonly kind: 'canary';
        readonly phases: readonly CanaryPhase[];
        /** A pass verdict ends a phase before its time. */
        readonly early: boolean;
      }
    | {
        readonly kind: 'ab';
        /** Requests that are sent to the candidate; empty means an equal share by sticky hash of users. */
        readonly matches: readonly UserMatch[];
        readonly goal: GoalSpec;
        readonly significance: number;
        readonly maxSamples: number;
        readonly limitMs: number;
        readonly winner: 'automatic' | 'manual';
      }
    | { readonly kind: 'immutable' }
    | {
        readonly kind: 'shadow';
        readonly shareBasisPoints: number;
        readonly holdMs: number;
        readonly then: 'retire' | 'switch';
      }
    | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  );
