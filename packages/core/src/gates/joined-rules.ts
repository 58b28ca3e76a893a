import { canonicalJson } from '../kernel/canonical-json.ts';
import type { ApprovalRule } from './approval-rule.ts';
import { type GateRules, isUngated, NO_GATE_RULES } from './gate-rules.ts';

const HOTFIX_FROM_STRICT = ['wait', 'approval', 'pass'] as const;

/**
 * The rules of a release: those of its own file, those of the release that is stable, and those that are declared for all.
 * What stable demanded is demanded once more, so that nobody takes a gate away without passing it.
 * @returns undefined where nothing is demanded
 */
export function joinedRules(
  own: GateRules | undefined,
  stable: GateRules | undefined,
  declared: readonly ApprovalRule[],
): GateRules | undefined {
  const ours = own ?? NO_GATE_RULES;
  const before = stable ?? NO_GATE_RULES;
  const rules: GateRules = {
    approvals: distinct([...ours.approvals, ...before.approvals, ...declared]),
    windows: ours.windows,
    after: ours.after ?? before.after,
    errorBudget: ours.errorBudget ?? before.errorBudget,
    hotfix: own === undefined || stable === undefined ? ours.hotfix : stricter(ours.hotfix, before.hotfix),
    ...(before.windows.length > 0 &&
      canonicalJson(before.windows) !== canonicalJson(ours.windows) && { earlierWindows: before.windows }),
  };
  const isSilent = isUngated(rules) && rules.earlierWindows === undefined;
  return isSilent && own === undefined ? undefined : rules;
}

const distinct = (rules: readonly ApprovalRule[]): readonly ApprovalRule[] => [
  ...new Map(rules.map((rule) => [canonicalJson(rule), rule] as const)).values(),
];

const stricter = (a: GateRules['hotfix'], b: GateRules['hotfix']): GateRules['hotfix'] =>
  HOTFIX_FROM_STRICT.find((policy) => policy === a || policy === b) ?? a;
