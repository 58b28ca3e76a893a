import type { BackgroundMeasurement, MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { Step } from '@sluice/core/rollout/step.ts';
import type { AnalysisSpec, StrategyBase, StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import type { MetricsSettings } from '../../settings/metrics-settings.ts';
import type { RouterSettings } from '../../settings/router-settings.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { adoptedAnalysis, COUNTED_TIME } from '../workloads/adopted-strategy.ts';
import { prometheusAt } from '../workloads/prometheus-at.ts';
import { type ArgoAdoption, differenceOf, faultOf } from './argo-adoption.ts';
import type { ArmNames } from './arm-names.ts';
import { blueGreenSteps } from './blue-green-steps.ts';
import { canarySteps } from './canary-steps.ts';
import { rollingAmounts } from './rolling-amounts.ts';
import type { RolloutSpec } from './rollout-spec.ts';

/** Argo's default. */
const PROGRESS_DEADLINE_SECONDS = 600;

/** How a Rollout is released, and where evidence comes from. */
export interface RolloutStrategyParts {
  readonly strategy: StrategySpec;
  readonly metrics: MetricsSettings | null;
}

/** What a strategy is made of before it is known who watches. */
interface Draft {
  readonly kind: 'canary' | 'blue-green';
  readonly steps: readonly Step[];
  readonly background: readonly BackgroundMeasurement[];
  readonly keepOldMs: number;
}

/** The strategy of a Rollout in the words of the engine. */
export function rolloutStrategy(
  adoption: ArgoAdoption,
  spec: RolloutSpec,
  around: { readonly replicas: number; readonly arms: ArmNames; readonly routers: readonly RouterSettings[] },
): RolloutStrategyParts {
  const draft = draftOf(adoption, spec, around);
  const measured = [...draft.background, ...draft.steps.flatMap(measurementsOf)];
  const metrics = metricsOf(adoption, around.routers, measured);
  const traffic = metrics ? 'counted' : 'uncounted';
  tellWhoWatches(adoption, traffic, measured, draft);
  const analysis: AnalysisSpec = { ...adoptedAnalysis(traffic, 0), measurements: draft.background };
  const base: StrategyBase = {
    name: draft.kind,
    analysis,
    checks: [],
    afterChecks: [],
    keepOldMs: draft.keepOldMs,
    progressDeadlineMs: (spec.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS) * 1000,
    sticky: null,
  };
  const { canary } = spec.strategy;
  const isRolling = canary !== undefined && !canary.trafficRouting && (canary.steps ?? []).length === 0;
  const strategy: StrategySpec = isRolling
    ? { ...base, name: 'rolling', kind: 'rolling', ...rollingAmounts(adoption, canary), holdMs: 0 }
    : { ...base, kind: 'steps', steps: draft.steps };
  return { strategy, metrics };
}

function draftOf(
  adoption: ArgoAdoption,
  { strategy: { canary, blueGreen } }: RolloutSpec,
  { replicas, arms }: { readonly replicas: number; readonly arms: ArmNames },
): Draft {
  if (canary) return { kind: 'canary', ...canarySteps(adoption, canary, { replicas, arms }) };
  const before: ManifestPath = ['spec', 'strategy', 'blueGreen'];
  if (!blueGreen) faultOf(adoption, before, 'A strategy was expected.');
  const adopted = blueGreen ? blueGreenSteps(adoption, blueGreen, replicas) : { steps: [], keepOldMs: 0 };
  return { kind: 'blue-green', background: [], ...adopted };
}

const measurementsOf = (step: Step): readonly MeasurementSpec[] =>
  step.kind === 'judge' || step.kind === 'settle' ? step.measurements : [];

/** Only a mesh exports figures by workload under names that are known; where Prometheus is, the metrics say as well. */
function metricsOf(
  adoption: ArgoAdoption,
  routers: readonly RouterSettings[],
  measured: readonly MeasurementSpec[],
): MetricsSettings | null {
  if (!routers.some(({ kind }) => kind === 'istio')) return null;
  const addresses = new Set(
    measured.flatMap(({ query }) =>
      query.provider === 'prometheus' && query.address !== null && Object.keys(query.headers).length === 0
        ? [query.address]
        : [],
    ),
  );
  const [only] = addresses;
  const address = adoption.settings.prometheus ?? (addresses.size === 1 ? (only ?? null) : null);
  return address === null ? null : prometheusAt(address, { kind: 'istio' });
}

const EVIDENCE_TIME = `Beside it a pause lasts its time in requests that are counted: ${COUNTED_TIME}.`;

function tellWhoWatches(
  adoption: ArgoAdoption,
  traffic: AnalysisSpec['traffic'],
  measured: readonly MeasurementSpec[],
  { kind, background }: Draft,
): void {
  const path: ManifestPath = ['spec', 'strategy', kind === 'canary' ? 'canary' : 'blueGreen'];
  if (traffic === 'counted' && background.length > 0)
    differenceOf(adoption, [...path, 'analysis'], EVIDENCE_TIME);
  if (traffic === 'counted')
    differenceOf(
      adoption,
      path,
      'Argo judges by the templates alone. Sluice’s judge watches too, from the first request on, by what Istio counts: a candidate that is worse than stable is rolled back in any step, one without requests for a minute is held in a step that measures.',
    );
  else if (measured.length === 0)
    differenceOf(
      adoption,
      path,
      'No analysis is named and nobody counts requests, so that, as in Argo, only readiness and people decide.',
    );
  if (measured.length > 0)
    differenceOf(
      adoption,
      path,
      'In Argo more than consecutiveErrorLimit errors of a provider in a row abort a rollout; Sluice holds it until the provider answers, and asks a person after 1h. An analysis that is cut short is a success in Argo; in Sluice it says nothing. A value that is NaN, as a ratio without requests is, meets no condition in Argo and so may fail; in Sluice it is no data unless the condition asks isNaN().',
    );
}
