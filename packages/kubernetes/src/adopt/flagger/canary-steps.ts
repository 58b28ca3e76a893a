import type { BackgroundMeasurement, MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { Step, UserMatch } from '@sluice/core/rollout/step.ts';
import type { AdoptedHooks } from './adopt-webhooks.ts';
import { askedThroughout, askedTimes, askedUntilGood, type Question, toldOnce } from './questions.ts';
import { promotionWeights } from './weights-of.ts';

/** What a plan is made of, read from a Canary. */
export interface CanaryPlan {
  readonly instances: number;
  readonly intervalMs: number;
  /** So many failed checks take the release back; at least 1. */
  readonly threshold: number;
  readonly metrics: readonly Question[];
  readonly hooks: AdoptedHooks;
  /** Requests that are copied to the candidate before it gets any, in basis points; 0: none. */
  readonly mirrorBasisPoints: number;
}

/** The steps of a plan and what is asked beside them. */
export interface PlannedSteps {
  readonly steps: readonly Step[];
  readonly background: readonly BackgroundMeasurement[];
}

/** Weight by weight, each for an interval and until every metric is good; then everything. */
export function weightedSteps(
  plan: CanaryPlan,
  weights: readonly number[],
  stepWeightPromotion: number | undefined,
): PlannedSteps {
  const { intervalMs, hooks } = plan;
  const before = beforeTraffic(plan, hooks['confirm-traffic-increase']);
  const mirrored: readonly Step[] =
    plan.mirrorBasisPoints > 0
      ? [
          shift(0, { mirrorBasisPoints: plan.mirrorBasisPoints }),
          judge(intervalMs, goodMetrics(plan, 'while mirrored')),
        ]
      : [];
  const weighed = weights.flatMap((weight, index) => {
    const isLast = index === weights.length - 1;
    const gates = [...hooks['confirm-traffic-increase'], ...(isLast ? hooks['confirm-promotion'] : [])];
    return [
      shift(weight * 100),
      judge(intervalMs, [...goodMetrics(plan, `at ${weight}%`), ...gatesAfter(plan, gates, `at ${weight}%`)]),
    ];
  });
  const rest = promotionWeights(weights.at(-1) ?? 0, stepWeightPromotion).flatMap((weight) => [
    shift(weight * 100),
    judge(intervalMs, []),
  ]);
  return {
    steps: [...before, ...mirrored, ...weighed, ...rest, { kind: 'switch' }, ...afterwards(plan)],
    background: background(plan, before.length, plan.metrics),
  };
}

/** So many checks while matched requests, copies or none reach the candidate; then everything. */
export function iteratedSteps(
  plan: CanaryPlan,
  iterations: number,
  { matches, settles }: { readonly matches: readonly UserMatch[]; readonly settles: boolean },
): PlannedSteps {
  const { intervalMs, threshold, mirrorBasisPoints, hooks } = plan;
  const before = beforeTraffic(plan, []);
  const reached: readonly Step[] =
    matches.length > 0 || mirrorBasisPoints > 0 ? [shift(0, { matches, mirrorBasisPoints })] : [];
  const schedule = { initialDelayMs: intervalMs, intervalMs };
  const checks = plan.metrics.map((metric) =>
    askedTimes(metric, schedule, { times: iterations, failures: threshold }),
  );
  const gates = gatesAfter(plan, hooks['confirm-promotion'], 'before the switch', iterations);
  const settled: readonly Step[] = settles
    ? [
        {
          kind: 'settle',
          durationMs: intervalMs,
          criteria: [],
          measurements: goodMetrics(plan, 'after the switch'),
        },
      ]
    : [];
  return {
    steps: [
      ...before,
      ...reached,
      judge(intervalMs * iterations, [...checks, ...gates]),
      { kind: 'switch' },
      ...settled,
      ...afterwards(plan),
    ],
    background: background(plan, before.length, []),
  };
}

/** Everything at once, after the gate that even `skipAnalysis` leaves in place. */
export const unexaminedSteps = (plan: CanaryPlan): PlannedSteps => ({
  steps: [...confirmed(plan), provision(plan.instances, plan), { kind: 'switch' }, ...afterwards(plan)],
  background: [],
});

function beforeTraffic(plan: CanaryPlan, gates: readonly Question[]): readonly Step[] {
  const { hooks, threshold, intervalMs } = plan;
  const schedule = { initialDelayMs: 0, intervalMs };
  const asked = [
    ...hooks['pre-rollout'].map((hook) => askedUntilGood(hook, 'before any request', schedule, threshold)),
    ...gates.map((hook) => askedUntilGood(hook, 'before any request', schedule, null)),
  ];
  return [...confirmed(plan), provision(plan.instances, plan), ...(asked.length > 0 ? [gate(asked)] : [])];
}

/** Flagger asks before it starts a single pod. */
function confirmed(plan: CanaryPlan): readonly Step[] {
  const gates = plan.hooks['confirm-rollout'];
  if (gates.length === 0) return [];
  const schedule = { initialDelayMs: 0, intervalMs: plan.intervalMs };
  const asked = gates.map((hook) => askedUntilGood(hook, 'before any pod', schedule, null));
  return [provision(0, plan), gate(asked)];
}

/** Flagger looks at the end of each interval, and stays where it is until every metric is good. */
const goodMetrics = ({ metrics, intervalMs }: CanaryPlan, when: string): readonly MeasurementSpec[] =>
  metrics.map((metric) => askedUntilGood(metric, when, { initialDelayMs: intervalMs, intervalMs }, null));

const gatesAfter = (
  { intervalMs }: CanaryPlan,
  gates: readonly Question[],
  when: string,
  intervals = 1,
): readonly MeasurementSpec[] =>
  gates.map((hook) =>
    askedUntilGood(hook, when, { initialDelayMs: intervalMs * intervals, intervalMs }, null),
  );

/** Failed checks add up over the whole rollout, so they are counted beside the steps. */
function background(
  { hooks, intervalMs, threshold }: CanaryPlan,
  fromStep: number,
  metrics: readonly Question[],
): readonly BackgroundMeasurement[] {
  const counted = { fromStep, failures: threshold };
  const later = { initialDelayMs: intervalMs, intervalMs };
  const atOnce = { initialDelayMs: 0, intervalMs };
  return [
    ...metrics.map((metric) => askedThroughout(metric, later, counted)),
    ...hooks.rollout.map((hook) => askedThroughout(hook, atOnce, counted)),
    ...hooks.rollback.map((hook) => askedThroughout(hook, atOnce, { fromStep: 0, failures: 1 })),
  ];
}

function afterwards({ hooks }: CanaryPlan): readonly Step[] {
  const told = hooks['post-rollout'].map(toldOnce);
  const timeMs = Math.max(0, ...told.map(({ query }) => query.timeoutMs));
  const settled: readonly Step[] =
    told.length > 0 ? [{ kind: 'settle', durationMs: timeMs, criteria: [], measurements: told }] : [];
  return [...settled, { kind: 'retire', delayMs: 0 }];
}

const provision = (candidate: number, { instances }: CanaryPlan): Step => ({
  kind: 'provision',
  candidate,
  stable: instances,
  dedicatedPorts: false,
});

/** Ends when everything is answered. A `judge` step would wait for requests as well, and there are none yet. */
const gate = (measurements: readonly MeasurementSpec[]): Step => ({
  kind: 'settle',
  durationMs: 0,
  criteria: [],
  measurements,
});

const judge = (durationMs: number, measurements: readonly MeasurementSpec[]): Step => ({
  kind: 'judge',
  durationMs,
  criteria: [],
  early: false,
  winner: null,
  measurements,
});

const shift = (
  shareBasisPoints: number,
  more: { readonly matches?: readonly UserMatch[]; readonly mirrorBasisPoints?: number } = {},
): Step => ({
  kind: 'shift',
  shareBasisPoints,
  matches: more.matches ?? [],
  mirrorBasisPoints: more.mirrorBasisPoints ?? 0,
  sticky: null,
});
