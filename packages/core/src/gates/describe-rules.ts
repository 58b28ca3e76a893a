import { formatDuration } from '../kernel/duration.ts';
import { describeApprovers } from './approval-rule.ts';
import type { GateRules } from './gate-rules.ts';
import { formatTimes } from './time-window.ts';

/** What a release has to pass, one sentence each, for whoever reads its plan. */
export function describeGateRules(rules: GateRules): readonly string[] {
  if (rules.isExempt === true) return [];
  const { approvals, windows, after, errorBudget } = rules;
  return [
    ...approvals.map((rule) => `approved by ${describeApprovers(rule)} before it begins`),
    ...windows.map((window) => {
      const times = `${formatTimes(window)} (${window.zone})`;
      return window.effect === 'allow' ? `goes out ${times}` : `does not go out ${times}`;
    }),
    ...(after === null
      ? []
      : [
          `stable in ${after.environment} before${after.soakMs > 0 ? `, for ${formatDuration(after.soakMs)}` : ''}`,
        ]),
    ...(errorBudget === null
      ? []
      : [
          `begins while ${Number((errorBudget.objective * 100).toPrecision(7))} % of the requests of ${formatDuration(errorBudget.windowMs)} can still succeed`,
        ]),
  ];
}
