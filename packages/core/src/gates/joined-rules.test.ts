import { expect, test } from 'vitest';
import type { ApprovalRule } from './approval-rule.ts';
import { type GateRules, NO_GATE_RULES } from './gate-rules.ts';
import { joinedRules } from './joined-rules.ts';
import type { TimeWindow } from './time-window.ts';

const SRE: ApprovalRule = { needed: 1, of: ['sre'], selfApproval: 'refused', expiresMs: 1000 };
const ANY: ApprovalRule = { ...SRE, of: [] };
const NIGHT: TimeWindow = {
  ...{ name: 'night', days: [1], fromMinute: 0, toMinute: 60, zone: 'UTC' },
  ...{ effect: 'deny', underWay: 'hold' },
};

test('a release without demands of its own has to pass those of the one that is stable', () => {
  const stable = { ...NO_GATE_RULES, approvals: [SRE], after: { environment: 'staging', soakMs: 0 } };
  expect(joinedRules(undefined, stable, [])).toMatchObject({ approvals: [SRE], after: stable.after });
  expect(joinedRules({ ...NO_GATE_RULES, approvals: [ANY] }, stable, [])?.approvals).toEqual([ANY, SRE]);
});

test('windows of stable hold beside other ones, and not twice', () => {
  const stable = { ...NO_GATE_RULES, windows: [NIGHT] };
  expect(joinedRules(undefined, stable, [])?.earlier).toMatchObject([{ windows: [NIGHT] }]);
  expect(joinedRules(stable, stable, [])?.earlier).toBeUndefined();
});

test('a shorter soak, another place and a smaller budget hold beside those of stable, and not instead of them', () => {
  const after = { environment: 'staging', soakMs: 3_600_000 };
  const errorBudget = { objective: 0.999, windowMs: 1000 };
  const stable = { ...NO_GATE_RULES, after, errorBudget };
  const joined = (own: Partial<GateRules>) => joinedRules({ ...stable, ...own }, stable, [])?.earlier;
  expect(joined({ after: { ...after, soakMs: 0 } })).toMatchObject([{ after, errorBudget: null }]);
  expect(joined({ after: { ...after, environment: 'dev' } })).toMatchObject([{ after }]);
  expect(joined({ errorBudget: { objective: 0.01, windowMs: 1000 } })).toMatchObject([{ errorBudget }]);
  expect(joined({ after: { ...after, soakMs: 7_200_000 } })).toBeUndefined();
});

test('what several releases before demand is demanded together', () => {
  const first = { ...NO_GATE_RULES, windows: [NIGHT], after: { environment: 'dev', soakMs: 0 } };
  const second = { ...NO_GATE_RULES, after: { environment: 'staging', soakMs: 0 } };
  const joined = joinedRules(joinedRules(undefined, first, []), second, []);
  expect(joined?.after).toEqual(first.after);
  expect(joined?.earlier).toEqual([
    { windows: [NIGHT], after: null, errorBudget: null },
    { windows: [], after: second.after, errorBudget: null },
  ]);
});

test('a hot-fix is not made easier by the release that wants it', () => {
  const own = { ...NO_GATE_RULES, hotfix: 'pass', approvals: [SRE] } as const;
  expect(joinedRules(own, { ...own, hotfix: 'wait' }, [])?.hotfix).toBe('wait');
  expect(joinedRules(own, undefined, [])?.hotfix).toBe('pass');
  expect(joinedRules(undefined, { ...own, hotfix: 'wait' }, [])?.hotfix).toBe('wait');
});

test('what is declared for all releases is demanded of each, once', () => {
  expect(joinedRules(undefined, undefined, [SRE])?.approvals).toEqual([SRE]);
  expect(joinedRules({ ...NO_GATE_RULES, approvals: [SRE] }, undefined, [SRE])?.approvals).toEqual([SRE]);
  expect(joinedRules(undefined, undefined, [])).toBeUndefined();
});
