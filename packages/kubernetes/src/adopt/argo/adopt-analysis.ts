import type { MeasurementCondition, MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { compileExpr } from '../../expr/compile-expr.ts';
import { linearPattern } from '../../expr/linear-pattern.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { analysisArguments, type ArgumentValues } from './analysis-arguments.ts';
import { type ArgoAdoption, differenceOf, faultOf } from './argo-adoption.ts';
import { findTemplates, type FoundTemplate } from './find-templates.ts';
import { metricLimits } from './metric-limits.ts';
import { metricQuery } from './metric-query.ts';
import { putArgumentsIn } from './put-arguments.ts';
import type { MetricRule, RolloutAnalysis } from './rollout-spec.ts';
import type { TemplateMetric } from './template-shape.ts';

/** Where an analysis stands in a Rollout. */
export interface AnalysisPlace {
  readonly path: ManifestPath;
  /** Runs beside the steps; otherwise a step waits for its end, so that each metric must have one. */
  readonly background: boolean;
}

/** Said where something would be put on AnalysisRuns. */
export const NO_RUNS = 'Sluice makes no AnalysisRun that could carry it.';
const RETENTION = 'Sluice keeps counts of all answers and the last one with its words.';

/** A metric of a template, and where it stands. */
interface Metric {
  readonly metric: TemplateMetric;
  readonly document: ManifestDocument;
  readonly index: number;
}

/** What an analysis measures; an empty list after a fault. */
export function adoptAnalysis(
  adoption: ArgoAdoption,
  analysis: RolloutAnalysis,
  place: AnalysisPlace,
): readonly MeasurementSpec[] {
  const templates = findTemplates(adoption, analysis.templates, [...place.path, 'templates']);
  if (!templates) return [];
  const values = analysisArguments(adoption, templates, analysis.args ?? [], [...place.path, 'args']);
  const metrics = metricsOf(adoption, templates, place);
  if (!values || !metrics) return [];
  const dry = dryRun(adoption, templates, analysis, metrics, place);
  tellOfRuns(adoption, analysis, templates, place);
  return metrics.flatMap((metric) => measurement(adoption, metric, { values, place, dry }));
}

function metricsOf(
  adoption: ArgoAdoption,
  templates: readonly FoundTemplate[],
  { path }: AnalysisPlace,
): readonly Metric[] | undefined {
  const metrics = templates.flatMap(({ document, spec }) =>
    (spec.metrics ?? []).map((metric, index) => ({ metric, document, index })),
  );
  const before = adoption.notes.faults.length;
  if (metrics.length === 0) faultOf(adoption, path, 'Its templates hold no metric.');
  const names = new Map<string, ManifestDocument>();
  for (const { metric, document, index } of metrics) {
    const first = names.get(metric.name);
    if (first)
      adoption.notes.fault(
        document,
        ['spec', 'metrics', index, 'name'],
        `${first.object.metadata.name} has a metric ${metric.name} too; Argo refuses to run both together.`,
      );
    names.set(metric.name, document);
  }
  return adoption.notes.faults.length > before ? undefined : metrics;
}

/** Names of the metrics of which nothing follows, by regular expressions that need only be found in the name. */
function dryRun(
  adoption: ArgoAdoption,
  templates: readonly FoundTemplate[],
  analysis: RolloutAnalysis,
  metrics: readonly Metric[],
  { path }: AnalysisPlace,
): ReadonlySet<string> {
  const names = metrics.map(({ metric }) => metric.name);
  const found = new Set<string>();
  const apply = (rules: readonly MetricRule[], document: ManifestDocument, at: ManifestPath): void => {
    for (const [index, { metricName }] of rules.entries()) {
      const matching = matchingNames(metricName, names);
      if (matching === undefined || matching.length === 0)
        adoption.notes.fault(
          document,
          [...at, index],
          matching
            ? `No metric has a name in which \`${metricName}\` is found.`
            : `\`${metricName}\` is no regular expression.`,
        );
      for (const name of matching ?? []) found.add(name);
    }
  };
  apply(analysis.dryRun ?? [], adoption.rollout, [...path, 'dryRun']);
  for (const { document, spec } of templates) apply(spec.dryRun ?? [], document, ['spec', 'dryRun']);
  return found;
}

function matchingNames(pattern: string, names: readonly string[]): readonly string[] | undefined {
  try {
    const compiled = linearPattern(pattern);
    return names.filter((name) => compiled.test(name));
  } catch {
    return undefined;
  }
}

function tellOfRuns(
  adoption: ArgoAdoption,
  analysis: RolloutAnalysis,
  templates: readonly FoundTemplate[],
  { path }: AnalysisPlace,
): void {
  if (analysis.analysisRunMetadata) differenceOf(adoption, [...path, 'analysisRunMetadata'], NO_RUNS);
  if (analysis.measurementRetention) differenceOf(adoption, [...path, 'measurementRetention'], RETENTION);
  for (const { document, spec } of templates)
    if (spec.measurementRetention)
      adoption.notes.differ(document, ['spec', 'measurementRetention'], RETENTION);
}

interface Surroundings {
  readonly values: ArgumentValues;
  readonly place: AnalysisPlace;
  readonly dry: ReadonlySet<string>;
}

function measurement(
  adoption: ArgoAdoption,
  { metric, document, index }: Metric,
  { values, place, dry }: Surroundings,
): readonly MeasurementSpec[] {
  const { notes } = adoption;
  const before = notes.faults.length;
  const path: ManifestPath = ['spec', 'metrics', index];
  const { provider, ...texts } = metric;
  const put = putArgumentsIn(texts, values, (message) => notes.fault(document, path, message));
  const limits = metricLimits({ ...put, provider }, (key, message) =>
    notes.fault(document, [...path, key], message),
  );
  if (!place.background && limits.count === null)
    notes.fault(
      document,
      [...path, 'interval'],
      `It runs without end, and the Rollout waits for its end (${adoption.rollout.object.metadata.name}); give it a count.`,
    );
  const query = metricQuery(provider, {
    values,
    readdressed: adoption.readdressed,
    prometheus: adoption.settings.prometheus,
    fault: (at, message) => notes.fault(document, [...path, 'provider', ...at], message),
    differ: (at, message) => notes.differ(document, [...path, 'provider', ...at], message),
  });
  const condition = conditionOf(adoption, { metric: { ...put, provider }, document, index });
  if (!query || !condition || notes.faults.length > before) return [];
  const name = adoption.unusedName(metric.name);
  return [{ name, query, condition, ...limits, dryRun: dry.has(metric.name) }];
}

function conditionOf(
  { notes }: ArgoAdoption,
  { metric, document, index }: Metric,
): MeasurementCondition | undefined {
  const path: ManifestPath = ['spec', 'metrics', index];
  if (metric.provider.job) return { language: 'outcome' };
  const success = metric.successCondition?.trim() || null;
  const failure = metric.failureCondition?.trim() || null;
  const conditions = [
    ['successCondition', success],
    ['failureCondition', failure],
  ] as const;
  let isSound = true;
  for (const [key, text] of conditions) {
    const compiled = text === null ? undefined : compileExpr(text);
    if (!compiled || compiled.ok) continue;
    isSound = false;
    // `any(result, # > 2)` without quotes ends before the `#`.
    const hint = /[,({]\s*$/.test(text ?? '')
      ? ' In YAML ` #` begins a comment: put the condition in quotes.'
      : '';
    notes.fault(
      document,
      [...path, key],
      `${compiled.message} (column ${compiled.column} of \`${text}\`).${hint}`,
    );
  }
  if (!isSound) return undefined;
  if (success !== null || failure !== null) return { language: 'expr', success, failure };
  notes.differ(
    document,
    path,
    'It has no condition. Argo’s documentation calls such a measurement inconclusive, its code (1.9) calls it successful whatever is measured; Sluice does what the code does.',
  );
  return { language: 'expr', success: 'true', failure: null };
}
