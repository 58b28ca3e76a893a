import type { ApprovalRule } from '@sluice/core/gates/approval-rule.ts';
import { type GateRules, isUngated } from '@sluice/core/gates/gate-rules.ts';
import { formatTimes, type TimeWindow } from '@sluice/core/gates/time-window.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';

type EnvironmentInput = NonNullable<NonNullable<ApplicationInput['environments']>[string]>;

/** What releases have to pass in an environment; null where it says nothing. */
export function resolveGates(environment: EnvironmentInput | undefined): GateRules | null {
  if (environment === undefined) return null;
  const { approvers, windows = [], after, soak, hotfixes } = environment;
  const budget = environment['error-budget'];
  const rules: GateRules = {
    approvals: approvers === undefined ? [] : resolveApprovals(approvers),
    windows: windows.map(resolveWindow),
    after:
      after === undefined ? null : { environment: after, soakMs: soak ?? defaultMs(DEFAULTS.gates.soak) },
    errorBudget:
      budget === undefined
        ? null
        : { objective: budget.objective, windowMs: budget.over ?? defaultMs(DEFAULTS.gates.budgetOver) },
    hotfix: hotfixes ?? DEFAULTS.gates.hotfixes,
  };
  return isUngated(rules) && hotfixes === undefined ? null : rules;
}

/** A component that is released through gates. How it goes out is no part of its revision, and so neither are they. */
export const withGates = (component: ComponentSpec, gates: GateRules | null): ComponentSpec =>
  gates === null ? component : { ...component, strategy: { ...component.strategy, gates } };

function resolveApprovals(approvers: NonNullable<EnvironmentInput['approvers']>): readonly ApprovalRule[] {
  if ('needed' in approvers) return [ruleOf(approvers, {})];
  const { any, all } = approvers;
  return [...(any ? [any] : []), ...(all ?? [])].map((demand) => ruleOf(demand, approvers));
}

const ruleOf = (
  { needed, of }: Pick<ApprovalRule, 'needed' | 'of'>,
  more: {
    readonly 'self-approval'?: ApprovalRule['selfApproval'] | undefined;
    readonly expires?: number | undefined;
  },
): ApprovalRule => ({
  needed,
  of,
  selfApproval: more['self-approval'] ?? DEFAULTS.gates.selfApproval,
  expiresMs: more.expires ?? defaultMs(DEFAULTS.gates.expires),
});

function resolveWindow(window: NonNullable<EnvironmentInput['windows']>[number]): TimeWindow {
  const times = window.allow ?? window.deny ?? { days: [], fromMinute: 0, toMinute: 1440 };
  return {
    ...times,
    name: formatTimes(times),
    effect: window.allow ? 'allow' : 'deny',
    zone: window.zone ?? DEFAULTS.gates.zone,
    underWay: window['under-way'] ?? DEFAULTS.gates.underWay,
  };
}
