import { formatDuration } from '../kernel/duration.ts';
import { describeApprovers } from './approval-rule.ts';
import type { EarlierDemands, GateRules } from './gate-rules.ts';
import { formatTimes } from './time-window.ts';

/** What a release has to pass, one sentence each, for whoever reads its plan. */
export function describeGateRules(rules: GateRules): readonly string[] {
  if (rules.isExempt === true) return [];
  const { approvals, earlierWindows = [], earlier = [] } = rules;
  const before = [{ windows: earlierWindows, after: null, errorBudget: null }, ...earlier];
  return [
    ...approvals.map((rule) => `approved by ${describeApprovers(rule)} before it begins`),
    ...describeDemands(rules),
    ...before.flatMap(describeDemands).map((words) => `as was demanded before: ${words}`),
  ];
}

function describeDemands({ windows, after, errorBudget }: EarlierDemands): readonly string[] {
  return [
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
