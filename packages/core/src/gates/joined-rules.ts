import { canonicalJson } from '../kernel/canonical-json.ts';
import type { ApprovalRule } from './approval-rule.ts';
import {
  demandsNothing,
  type EarlierDemands,
  type GateRules,
  isUngated,
  NO_GATE_RULES,
} from './gate-rules.ts';

const HOTFIX_FROM_STRICT = ['wait', 'approval', 'pass'] as const;

/**
 * The rules of a release: those of its own file, those of the release before it, and those that are declared for all. What
 * that release demanded is demanded once more, so that nobody takes a gate away, or puts a smaller one in its place, without
 * passing it.
 * @returns undefined where nothing is demanded
 */
export function joinedRules(
  own: GateRules | undefined,
  earlier: GateRules | undefined,
  declared: readonly ApprovalRule[],
): GateRules | undefined {
  const ours = own ?? NO_GATE_RULES;
  const before = earlier ?? NO_GATE_RULES;
  const joined: GateRules = {
    approvals: distinct([...ours.approvals, ...before.approvals, ...declared]),
    windows: ours.windows,
    after: ours.after ?? before.after,
    errorBudget: ours.errorBudget ?? before.errorBudget,
    hotfix: earlier === undefined ? ours.hotfix : stricter(ours.hotfix, before.hotfix),
  };
  const demands = earlierDemands(joined, [
    ...(ours.earlierWindows ? [onlyWindows(ours.earlierWindows)] : []),
    ...(ours.earlier ?? []),
    { ...before },
    ...(before.earlierWindows ? [onlyWindows(before.earlierWindows)] : []),
    ...(before.earlier ?? []),
  ]);
  const rules = { ...joined, ...(demands.length > 0 && { earlier: demands }) };
  return isUngated(rules) && own === undefined ? undefined : rules;
}

/** What was demanded before and is not by these rules, each once. */
function earlierDemands(rules: GateRules, before: readonly EarlierDemands[]): readonly EarlierDemands[] {
  const { windows, after, errorBudget } = rules;
  const lacking = before.map((demands): EarlierDemands => {
    const { after: then } = demands;
    const isKept = then?.environment === after?.environment && (then?.soakMs ?? 0) <= (after?.soakMs ?? 0);
    return {
      windows: isSame(demands.windows, windows) ? [] : demands.windows,
      after: isKept ? null : then,
      errorBudget: isSame(demands.errorBudget, errorBudget) ? null : demands.errorBudget,
    };
  });
  return distinct(lacking.filter((demands) => !demandsNothing(demands)));
}

const onlyWindows = (windows: GateRules['windows']): EarlierDemands => ({
  windows,
  after: null,
  errorBudget: null,
});

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

const distinct = <Rule>(rules: readonly Rule[]): readonly Rule[] => [
  ...new Map(rules.map((rule) => [canonicalJson(rule), rule] as const)).values(),
];

const stricter = (a: GateRules['hotfix'], b: GateRules['hotfix']): GateRules['hotfix'] =>
  HOTFIX_FROM_STRICT.find((policy) => policy === a || policy === b) ?? a;
