import type { Baseline } from '@sluice/core/analysis/baseline.ts';
import { thresholdRates } from '@sluice/core/analysis/threshold-rates.ts';
import { formatCriterion, type Criterion } from '@sluice/core/analysis/thresholds.ts';
import { unitOf } from '@sluice/core/analysis/metric-words.ts';
import { detectionWords, weakTrafficWarning, type Stage } from '@sluice/core/analysis/weak-traffic.ts';
import { describeGateRules } from '@sluice/core/gates/describe-rules.ts';
import { describeStep } from '@sluice/core/rollout/describe-step.ts';
import { sharesAlong, type Plan } from '@sluice/core/rollout/plan.ts';
import type { Step } from '@sluice/core/rollout/step.ts';
import type { PlanView } from '@sluice/protocol/http/views.ts';

/** A step in which evidence is collected, with the share at which that happens. */
interface Watch extends Stage {
  readonly criteria: readonly Criterion[];
}

/** A plan for people: steps in words, what each hard limit costs and yields, and what to be warned of. */
export function planView(plan: Plan, baseline: Baseline | null): PlanView {
  const shares = sharesAlong(plan.steps);
  const gates = plan.gates ? describeGateRules(plan.gates) : [];
  const watches = plan.steps.flatMap((step, index) => watchOf(step, shares[index] ?? 0));
  return {
    strategy: plan.strategy,
    kind: plan.kind,
    promotes: plan.promotes,
    traffic: plan.analysis.traffic ?? 'counted',
    unit: unitOf(plan.analysis.judge.custom),
    steps: plan.steps.map((step, index) => ({
      kind: step.kind,
      words: describeStep(step),
      candidateShareBasisPoints: shares[index] ?? 0,
    })),
    limits: baseline ? watches.flatMap((watch) => limitsOf(watch, baseline)) : [],
    ...(gates.length > 0 && { gates: [...gates] }),
    detects: baseline ? detectsOf(plan, baseline, watches) : null,
    warnings: [...sharesWarning(plan), ...(baseline ? warningsOf(plan, baseline, watches) : [])],
  };
}

/** The plan as it stands in a stored rollout, where its baseline is part of the evidence. */
export const storedPlanView = (plan: Plan): PlanView => planView(plan, null);

function watchOf(step: Step, share: number): readonly Watch[] {
  if (step.kind !== 'judge' && step.kind !== 'settle') return [];
  return [{ shareBasisPoints: share, durationMs: step.durationMs, criteria: step.criteria }];
}

function limitsOf(watch: Watch, baseline: Baseline): PlanView['limits'] {
  return watch.criteria.map((criterion) => {
    const windows = Math.max(1, Math.floor(watch.durationMs / criterion.windowMs));
    const rates = thresholdRates(criterion, { baseline, shareBasisPoints: watch.shareBasisPoints, windows });
    return {
      limit: `${formatCriterion(criterion)} at ${watch.shareBasisPoints / 100} %`,
      falseRollbackRate: rates.falseRollbackRate,
      detectionSeconds: rates.detectionSeconds,
      words: rates.sentence,
    };
  });
}

/** Without a router a share is a number of instances; what was asked for may not be possible. */
function sharesWarning(plan: Plan): string[] {
  const { shares, steps, instances } = plan;
  if (shares === 'in-place') return plan.kind === 'first' ? [] : [inPlaceWarning(plan)];
  if (shares === 'exact' || !steps.some(({ kind }) => kind === 'shift')) return [];
  const finest = Math.round(100 / Math.max(2, instances));
  return [
    `Nothing here splits requests: shares follow the number of ready instances, so that the finest step is ${finest} % (1 of ${Math.max(2, instances)}).`,
  ];
}

/** What a share and the way back are worth where new instances take the places of old ones. */
function inPlaceWarning({ steps, instances }: Plan): string {
  const counts = steps.flatMap((step) => (step.kind === 'provision' ? [step.candidate] : []));
  const batch = Math.max(...counts.map((count, index) => count - (counts[index - 1] ?? 0)));
  if (batch >= instances)
    return instances === 1
      ? 'The workload is changed in place and has one instance: nothing is left of the old revision to judge the new one by, and going back replaces it again.'
      : `The workload is changed in place, all ${instances} instances in one step: no share of the requests stays with the old revision to judge the new one by, and going back replaces them again.`;
  return `The workload is changed in place, ${batch} of ${instances} instances at a time. Nothing splits requests: each ready instance gets its part, so the share of a step is the one while the next instances are away, and after the last step but one the old ones serve until they are replaced. Going back replaces instances again.`;
}

/** What the evidence of the phases can show; nothing where nobody counts, or nothing is compared. */
function detectsOf({ analysis }: Plan, baseline: Baseline, watches: readonly Watch[]): string | null {
  if (analysis.traffic === 'uncounted') return null;
  return detectionWords(analysis.judge, baseline, compared(watches));
}

const compared = (watches: readonly Watch[]): readonly Watch[] =>
  watches.filter((watch) => watch.shareBasisPoints > 0 && watch.shareBasisPoints < 10_000);

/** Phases with a concurrent baseline are what the judge can compare; later ones add little. */
function warningsOf(plan: Plan, baseline: Baseline, watches: readonly Watch[]): string[] {
  if (plan.analysis.traffic === 'uncounted')
    return [
      'Nobody counts the requests of a revision here, so that only health, checks and measurements are judged; `metrics` says where they are counted.',
    ];
  const stages = compared(watches);
  if (stages.length === 0) return [];
  if (baseline.requestsPerSecond === 0)
    return [
      `There is no traffic now; without ${unitOf(plan.analysis.judge.custom)} the rollout will hold, as no data is no verdict.`,
    ];
  const weak = weakTrafficWarning(plan.analysis.judge, baseline, stages);
  return weak === null ? [] : [weak];
}
