import type { ApprovalRule } from './approval-rule.ts';
import type { TimeWindow } from './time-window.ts';

/** The same version has to be stable in another environment before. */
export interface AfterRule {
  readonly environment: string;
  /** For how long it must have been so, in milliseconds. */
  readonly soakMs: number;
}

/** What share of requests may fail, over how long. */
export interface ErrorBudgetRule {
  /** The share of requests that are to succeed, above 0 and below 1: 0.999. */
  readonly objective: number;
  readonly windowMs: number;
}

/** What a release before this one demanded that can be changed in a file; approvals are joined with those of this one. */
export interface EarlierDemands {
  readonly windows: readonly TimeWindow[];
  readonly after: AfterRule | null;
  readonly errorBudget: ErrorBudgetRule | null;
}

/**
 * What a release has to pass where it goes; part of its plan, and so of what people approve. Gates that are declared in the
 * control plane, such as freezes, are no part of it and hold besides.
 */
export interface GateRules {
  /** Each of them has to be met. */
  readonly approvals: readonly ApprovalRule[];
  readonly windows: readonly TimeWindow[];
  /** Of the release that is stable, where this one has others: both hold. Plans of today have them in `earlier`. */
  readonly earlierWindows?: readonly TimeWindow[];
  /** What releases before this one demand beside that, and this one does not, or less of it: all of it holds too. */
  readonly earlier?: readonly EarlierDemands[];
  readonly after: AfterRule | null;
  readonly errorBudget: ErrorBudgetRule | null;
  /** What a hot-fix needs to pass closed windows, freezes and dependencies: one approval more than others, or nothing; or it waits as others do. */
  readonly hotfix: 'approval' | 'pass' | 'wait';
  /** It brings something back that was stable before: nothing holds it. */
  readonly isExempt?: boolean;
}

/** Of a release for which nothing is declared. */
export const NO_GATE_RULES: GateRules = {
  approvals: [],
  windows: [],
  after: null,
  errorBudget: null,
  hotfix: 'approval',
};

/** Whether rules demand nothing at all. */
export const isUngated = ({ approvals, earlierWindows, earlier = [], ...own }: GateRules): boolean =>
  approvals.length === 0 &&
  demandsNothing(own) &&
  earlierWindows === undefined &&
  earlier.every(demandsNothing);

/** Whether nothing is demanded but approvals. */
export const demandsNothing = ({ windows, after, errorBudget }: EarlierDemands): boolean =>
  windows.length === 0 && after === null && errorBudget === null;

/** Every version that has to be stable elsewhere before. */
export const dependenciesOf = ({ after, earlier = [] }: GateRules): readonly AfterRule[] =>
  [after, ...earlier.map((demands) => demands.after)].filter((rule) => rule !== null);

/** Every error budget that has to be left. */
export const budgetsOf = ({ errorBudget, earlier = [] }: GateRules): readonly ErrorBudgetRule[] =>
  [errorBudget, ...earlier.map((demands) => demands.errorBudget)].filter((rule) => rule !== null);
