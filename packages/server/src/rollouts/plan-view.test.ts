import { expect, it } from 'vitest';
import type { Baseline } from '@sluice/core/analysis/baseline.ts';
import type { Criterion } from '@sluice/core/analysis/thresholds.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import { compilePlan, type Plan } from '@sluice/core/rollout/plan.ts';
import {
  SAMPLE_BASE,
  SAMPLE_CANARY,
  sampleComponent,
} from '@sluice/core/rollout/testing/sample-component.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import { planView, storedPlanView } from './plan-view.ts';

const BUSY: Baseline = {
  ...EMPTY_BASELINE,
  ...{ requestsPerSecond: 500, errorRate: 0.001, historyRequests: 1e7, historyErrors: 1e4 },
};
const ERRORS: Criterion = { metric: 'errors', op: '<', value: 0.01, windowMs: 10_000, failureLimit: 0 };
const LIMITED: StrategySpec = {
  ...{ ...SAMPLE_BASE, kind: 'canary', early: false },
  phases: [{ shareBasisPoints: 2_500, holdMs: 60_000, matches: [], criteria: [ERRORS] }],
};

const planOf = (strategy: StrategySpec): Plan =>
  compilePlan(sampleComponent(strategy), { first: false, lane: 'normal' });

it('says of each step what it does, and what share the candidate has after it', () => {
  const { steps } = planView(planOf(SAMPLE_CANARY), BUSY);
  expect(steps.map(({ kind, candidateShareBasisPoints: share }) => `${kind} ${share}`)).toEqual([
    'provision 0',
    'verify 0',
    'shift 2500',
    'judge 2500',
    'provision 2500',
    'shift 5000',
    'judge 5000',
    'provision 5000',
    'switch 10000',
    'retire 10000',
  ]);
  expect(steps.every(({ words }) => words.length > 0)).toBe(true);
});

it('says of a stored plan what it does, and nothing of a baseline that it does not have', () => {
  const { steps, limits, warnings } = storedPlanView(planOf(SAMPLE_CANARY));
  expect(steps.length).toBeGreaterThan(0);
  expect([...limits, ...warnings]).toEqual([]);
});

it('says what each hard limit costs a good release, and when it takes a bad one back', () => {
  const { limits } = planView(planOf(LIMITED), BUSY);
  expect(limits).toHaveLength(1);
  expect(limits[0]).toMatchObject({ limit: 'errors < 1 % at 25 %', detectionSeconds: expect.any(Number) });
  expect(limits[0]?.falseRollbackRate).toBeLessThan(0.01);
  const tight = planView(planOf(LIMITED), { ...BUSY, errorRate: 0.0095 });
  expect(tight.limits[0]?.falseRollbackRate).toBeGreaterThan(0.1);
});

it('warns of traffic that is too weak to find a regression, before anything starts', () => {
  expect(planView(planOf(SAMPLE_CANARY), BUSY).warnings).toEqual([]);
  const quiet = planView(planOf(SAMPLE_CANARY), { ...BUSY, requestsPerSecond: 0.5 });
  expect(quiet.warnings).toHaveLength(1);
  const silent = planView(planOf(SAMPLE_CANARY), { ...BUSY, requestsPerSecond: 0 });
  expect(silent.warnings[0]).toContain('There is no traffic now');
});

it('says what the evidence can show before the start, and nothing of a plan that is stored', () => {
  const plan = planOf(SAMPLE_CANARY);
  expect(planView(plan, BUSY).detects).toMatch(/^About [\d,]+ requests of the candidate are expected: /);
  const judge = { ...plan.analysis.judge, custom: ['tools'] };
  const ofAgents = { ...plan, analysis: { ...plan.analysis, judge } };
  expect(planView(ofAgents, BUSY).detects).toContain('attempts of the candidate');
  expect(storedPlanView(plan).detects).toBeNull();
});
