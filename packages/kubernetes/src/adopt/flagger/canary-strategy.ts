import { parseDuration } from '@sluice/core/kernel/duration.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import { adoptedAnalysis } from '../workloads/adopted-strategy.ts';
import { adoptMatches } from './adopt-matches.ts';
import { adoptMetrics, isBuiltin } from './adopt-metrics.ts';
import { type AdoptedHooks, adoptWebhooks } from './adopt-webhooks.ts';
import type { CanaryReading } from './canary-reading.ts';
import {
  type CanaryPlan,
  iteratedSteps,
  type PlannedSteps,
  unexaminedSteps,
  weightedSteps,
} from './canary-steps.ts';
import { type Question, withUniqueNames } from './questions.ts';
import { weightsOf } from './weights-of.ts';

/** Flagger looks no more often than this, in ms, whatever a Canary says. */
const LEAST_INTERVAL_MS = 10_000;
/** What Flagger takes where the kind of provider allows no weights. */
const DEFAULT_ITERATIONS = 10;
/** What Flagger calls no progress when nothing is said, in seconds. */
const DEFAULT_DEADLINE_SECONDS = 600;

/** The three ways of Flagger, and the one around them all. */
export type CanaryManner = 'weights' | 'matches' | 'blue-green' | 'unexamined';

/** How a Canary is released (`canary.go`, DeploymentStrategy). */
export function mannerOf({ spec, provider }: CanaryReading): CanaryManner {
  const { iterations = 0, match = [] } = spec.analysis;
  if (spec.skipAnalysis) return 'unexamined';
  if (provider === 'kubernetes') return 'blue-green';
  if (iterations === 0) return 'weights';
  return match.length > 0 ? 'matches' : 'blue-green';
}

/** The strategy of a Canary as a plan of steps with everything that is asked on the way. */
export function canaryStrategy(
  reading: CanaryReading,
  { instances, counted }: { readonly instances: number; readonly counted: boolean },
): StrategySpec {
  const { spec } = reading;
  const manner = mannerOf(reading);
  const { intervalMs, metrics, hooks } = askedOf(reading);
  const plan: CanaryPlan = {
    instances,
    intervalMs,
    threshold: Math.max(1, spec.analysis.threshold),
    metrics,
    hooks,
    mirrorBasisPoints: mirrorOf(reading),
  };
  const { steps, background } = plannedSteps(reading, manner, plan);
  // Without live requests the candidate has only those of a load test, which say nothing beside those of stable.
  const traffic = counted && (manner === 'weights' || manner === 'matches') ? 'counted' : 'uncounted';
  const needsRequests = (spec.analysis.metrics ?? []).some(({ name }) => isBuiltin(name));
  return {
    name: 'flagger',
    analysis: { ...adoptedAnalysis(traffic, needsRequests ? 1 : 0), measurements: background },
    checks: [],
    afterChecks: [],
    keepOldMs: 0,
    progressDeadlineMs: (spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS) * 1000,
    sticky: null,
    kind: 'steps',
    steps,
  };
}

/** What is asked on the way and how often, each question under a name of its own; for workloads without steps too. */
export function askedOf(reading: CanaryReading): {
  readonly intervalMs: number;
  readonly metrics: readonly Question[];
  readonly hooks: AdoptedHooks;
} {
  const metrics = adoptMetrics(reading);
  const hooks = adoptWebhooks(reading);
  const types = Object.keys(hooks) as (keyof AdoptedHooks)[];
  const named = withUniqueNames([
    ...metrics.map((question) => ({ ...question, type: null })),
    ...types.flatMap((type) => hooks[type].map((question) => ({ ...question, type }))),
  ]);
  const ofType = (type: keyof AdoptedHooks | null): readonly Question[] =>
    named.filter((question) => question.type === type).map(({ type: _type, ...question }) => question);
  return {
    intervalMs: intervalOf(reading),
    metrics: ofType(null),
    hooks: {
      'confirm-rollout': ofType('confirm-rollout'),
      'pre-rollout': ofType('pre-rollout'),
      rollout: ofType('rollout'),
      'confirm-traffic-increase': ofType('confirm-traffic-increase'),
      'confirm-promotion': ofType('confirm-promotion'),
      'post-rollout': ofType('post-rollout'),
      rollback: ofType('rollback'),
    },
  };
}

function plannedSteps(reading: CanaryReading, manner: CanaryManner, plan: CanaryPlan): PlannedSteps {
  const { notes, document, spec, provider } = reading;
  const { iterations = 0, match = [], stepWeightPromotion } = spec.analysis;
  switch (manner) {
    case 'unexamined':
      return unexaminedSteps(plan);
    case 'weights':
      return weightedSteps(plan, weightsOf(reading), stepWeightPromotion);
    case 'matches':
      return iteratedSteps(plan, iterations, {
        matches: adoptMatches(notes, document, match),
        settles: false,
      });
    case 'blue-green':
      return iteratedSteps(plan, iterations || DEFAULT_ITERATIONS, {
        matches: [],
        settles: provider !== 'kubernetes',
      });
  }
}

function intervalOf({ notes, document, spec }: CanaryReading): number {
  const path = ['spec', 'analysis', 'interval'];
  const intervalMs = parseDuration(spec.analysis.interval);
  if (intervalMs === undefined) notes.fault(document, path, 'A time such as 30s or 1m was expected.');
  return Math.max(LEAST_INTERVAL_MS, intervalMs ?? 0);
}

/** Flagger mirrors everything unless told otherwise. */
function mirrorOf({ spec, provider }: CanaryReading): number {
  const { mirror, mirrorWeight } = spec.analysis;
  return mirror && provider !== 'kubernetes' ? (mirrorWeight || 100) * 100 : 0;
}
