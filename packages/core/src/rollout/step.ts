import type { ApprovalRule } from '../gates/approval-rule.ts';
import type { Criterion } from '../analysis/thresholds.ts';
import type { GoalSpec } from '../traffic/goal.ts';
import type { MatchCondition, StickyKey } from '../traffic/split.ts';
import type { MeasurementSpec } from './measurement-spec.ts';

/** Requests matched to the candidate; `user` conditions are resolved to header or cookie before. */
export interface UserMatch {
  readonly conditions: readonly MatchCondition[];
}

/** How an A/B step finds its winner. */
export interface WinnerSpec {
  readonly goal: GoalSpec;
  readonly significance: number;
  readonly maxSamples: number;
  readonly decide: 'automatic' | 'manual';
}

/**
 * The vocabulary into which every strategy is compiled. A plan is a list of these; it is fixed, stored and
 * readable before anything happens.
 */
export type Step =
  /** Brings each side to a number of ready instances; the stable side never below what its share needs. */
  | {
      readonly kind: 'provision';
      readonly candidate: number;
      readonly stable: number;
      /** The candidate gets a block of ports of its own. */
      readonly dedicatedPorts: boolean;
    }
  /** Runs named checks against the candidate; all must pass. */
  | { readonly kind: 'verify'; readonly checks: readonly string[] }
  /** Moves the split; ends when the router has confirmed it. */
  | {
      readonly kind: 'shift';
      readonly shareBasisPoints: number;
      readonly matches: readonly UserMatch[];
      readonly mirrorBasisPoints: number;
      readonly sticky: StickyKey | null;
    }
  /** Lets time pass while the judge watches. */
  | { readonly kind: 'hold'; readonly durationMs: number }
  /** Waits for a person. */
  | {
      readonly kind: 'approve';
      readonly prompt: string;
      /** Who has to approve; by default those who have to approve the release, or anybody who goes on where nobody has to. */
      readonly approvals?: readonly ApprovalRule[];
    }
  /** Collects evidence for a time and then follows the verdict; `early` lets a pass end it sooner. */
  | {
      readonly kind: 'judge';
      readonly durationMs: number;
      readonly criteria: readonly Criterion[];
      readonly early: boolean;
      readonly winner: WinnerSpec | null;
      /** The step does not end before those that have a count have ended. */
      readonly measurements: readonly MeasurementSpec[];
    }
  /** All traffic to the candidate at once. */
  | { readonly kind: 'switch' }
  /** After a switch: the candidate serves everything, is watched, and is taken back when it is worse. */
  | {
      readonly kind: 'settle';
      readonly durationMs: number;
      readonly criteria: readonly Criterion[];
      readonly measurements: readonly MeasurementSpec[];
    }
  /** The old copy is kept for a delay after promotion, then drained and stopped. */
  | { readonly kind: 'retire'; readonly delayMs: number };

/** The kinds of step. */
export type StepKind = Step['kind'];
