import type { ApprovalsView } from '@sluice/protocol/http/gates.ts';
import type {
  ApprovalRuleView,
  ErrorBudgetView,
  FreezeView,
  WindowView,
} from '@sluice/protocol/http/gate-rules.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { momentWords, spanWords } from './words.ts';

/** Freezes as a table. */
export function freezeLines(
  freezes: readonly FreezeView[],
  { style, columns, now }: Space,
): readonly string[] {
  if (freezes.length === 0) return ['Nothing is frozen; `sluice freeze` declares that nothing goes out.'];
  const rows = freezes.map((freeze) => [
    freeze.name,
    `${scopeWords(freeze.scope)}${freeze.system ? ', all organisations' : ''}`,
    freeze.inForce ? style.paint('warn', 'now') : `in ${spanWords(freeze.from - now)}`,
    freeze.until === null ? 'until lifted' : `until ${momentWords(freeze.until)}`,
    freeze.holds === 'everything' ? style.paint('bad', 'stops the line') : 'releases',
    harmless(freeze.declaredBy),
    harmless(freeze.reason),
  ]);
  const titles = ['FREEZE', 'WHERE', 'FROM', 'UNTIL', 'HOLDS', 'BY', 'REASON'];
  return table(
    titles.map((title) => ({ title })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

/** Windows as a table. */
export function windowLines(windows: readonly WindowView[], { style, columns }: Space): readonly string[] {
  if (windows.length === 0)
    return ['No windows are declared; releases go out at any time, unless their files say otherwise.'];
  const rows = windows.map((window) => [
    window.name,
    window.effect === 'deny' ? style.paint('bad', 'denies') : style.paint('good', 'allows'),
    window.times,
    window.zone,
    scopeWords(window.scope),
    window.underWay === 'hold' ? 'is held' : 'finishes',
    harmless(window.declaredBy),
  ]);
  const titles = ['WINDOW', 'EFFECT', 'TIMES', 'ZONE', 'WHERE', 'WHAT IS UNDER WAY', 'BY'];
  return table(
    titles.map((title) => ({ title })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

/** Who has approved a rollout, who has to, and who let it pass without; one sentence each. */
export function approvalWords(approvals: ApprovalsView | undefined): readonly string[] {
  if (approvals === undefined) return [];
  const { rules, glass } = approvals;
  const asked = rules.map(({ words, approvedBy, granted, needed }) => {
    const who = approvedBy.length > 0 ? `: ${approvedBy.join(', ')}` : '';
    return `${granted ? 'given' : `${approvedBy.length} of ${needed} given`}, by ${words}${who}`;
  });
  return [...(glass ? [`the glass was broken by ${glass.by}: ${glass.reason}`] : []), ...asked];
}

const scopeWords = (scope: FreezeView['scope']): string =>
  Object.entries(scope)
    .map(([part, name]) => `${part} ${harmless(name ?? '')}`)
    .join(', ') || 'everywhere';

/** Rules of approval as a table. */
export function approvalRuleLines(
  rules: readonly ApprovalRuleView[],
  { style, columns }: Space,
): readonly string[] {
  if (rules.length === 0)
    return ['No approvals are demanded of every release; a sluice.yaml may demand some under `approvers`.'];
  const rows = rules.map((rule) => [
    rule.name,
    `${rule.needed} of ${rule.of.map(harmless).join(' or ') || 'whoever may approve'}`,
    scopeWords(rule.scope),
    rule.selfApproval === 'allowed' ? style.paint('warn', 'allowed') : 'refused',
    spanWords(rule.expiresMs),
    harmless(rule.declaredBy),
  ]);
  const titles = ['RULE', 'NEEDS', 'WHERE', 'SELF-APPROVAL', 'EXPIRES', 'BY'];
  return table(
    titles.map((title) => ({ title })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

/** Error budgets as a table. */
export function budgetLines(
  budgets: readonly ErrorBudgetView[],
  { style, columns }: Space,
): readonly string[] {
  if (budgets.length === 0)
    return ['No error budgets are declared; `error-budget` under an environment declares one.'];
  const rows = budgets.map((budget) => [
    budget.track,
    `${Number((budget.objective * 100).toPrecision(7))} % in ${spanWords(budget.windowMs)}`,
    style.paint(budget.left <= 0 ? 'bad' : 'good', `${Math.floor(budget.left * 100)} %`),
    `${budget.errors} of ${budget.requests}`,
    burnWords(budget),
    budget.closed ? style.paint('bad', 'wait') : 'go out',
  ]);
  const titles = ['TRACK', 'OBJECTIVE', 'LEFT', 'FAILED', 'BURNS', 'RELEASES'];
  return table(
    titles.map((title) => ({ title })),
    rows,
  ).map((line) => cutTo(line, columns, style.symbols.more));
}

/** The fastest burn, as a multiple of what the budget allows. */
function burnWords({ burns }: ErrorBudgetView): string {
  const fastest = burns.reduce((most, { longRate }) => Math.max(most, longRate), 0);
  return `${fastest.toFixed(1)}×`;
}
