import { expect, test } from 'vitest';
import type { ApprovalRule } from './approval-rule.ts';
import { NO_GATE_RULES } from './gate-rules.ts';
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
  expect(joinedRules(undefined, stable, [])?.earlierWindows).toEqual([NIGHT]);
  expect(joinedRules(stable, stable, [])?.earlierWindows).toBeUndefined();
});

test('a hot-fix is not made easier by the release that wants it', () => {
  const own = { ...NO_GATE_RULES, hotfix: 'pass', approvals: [SRE] } as const;
  expect(joinedRules(own, { ...own, hotfix: 'wait' }, [])?.hotfix).toBe('wait');
  expect(joinedRules(own, undefined, [])?.hotfix).toBe('pass');
});

test('what is declared for all releases is demanded of each, once', () => {
  expect(joinedRules(undefined, undefined, [SRE])?.approvals).toEqual([SRE]);
  expect(joinedRules({ ...NO_GATE_RULES, approvals: [SRE] }, undefined, [SRE])?.approvals).toEqual([SRE]);
  expect(joinedRules(undefined, undefined, [])).toBeUndefined();
});
