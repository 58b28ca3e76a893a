import type { MeasurementCondition, MeasurementQuery } from '@sluice/core/rollout/measurement-spec.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { findManifest, isUnderstood } from '../workloads/find-manifest.ts';
import { builtinQuery, type BuiltinMetric } from './builtin-queries.ts';
import type { CanaryReading } from './canary-reading.ts';
import { METRIC_TEMPLATE_SPEC } from './canary-shape.ts';
import type { CanaryMetric, MetricTemplateSpec } from './canary-spec.ts';
import { COUNTED_BY } from './provider.ts';
import { DEFAULT_ERROR_LIMIT, type Question } from './questions.ts';
import { renderQuery } from './render-query.ts';

/** What Flagger takes when a metric says nothing. */
const DEFAULT_WINDOW = '1m';
/** How long Flagger waits for Prometheus, in ms. */
const QUERY_TIMEOUT_MS = 5000;

type PrometheusQuery = Extract<MeasurementQuery, { provider: 'prometheus' }>;

/** Where a query goes and how. */
type Destination = Pick<PrometheusQuery, 'address' | 'headers' | 'insecure'>;

/** Whether a metric is one that Flagger knows without a template. */
export const isBuiltin = (name: string): name is BuiltinMetric =>
  name === 'request-success-rate' || name === 'request-duration';

/** `spec.analysis.metrics` as questions to Prometheus; what cannot be asked is a fault. */
export function adoptMetrics(reading: CanaryReading): readonly Question[] {
  return (reading.spec.analysis.metrics ?? []).flatMap((metric, index) => {
    const question = adoptMetric(reading, metric, ['spec', 'analysis', 'metrics', index]);
    return question ? [question] : [];
  });
}

function adoptMetric(reading: CanaryReading, metric: CanaryMetric, path: ManifestPath): Question | undefined {
  const { notes, document, provider } = reading;
  if (isBuiltin(metric.name)) {
    const template = builtinQuery(metric.name, COUNTED_BY[provider]);
    return questionOf(reading, metric, path, template, ownDestination(reading, path));
  }
  if (metric.templateRef) return templateQuestion(reading, metric, path);
  if (metric.query !== undefined)
    return questionOf(reading, metric, path, metric.query, ownDestination(reading, path));
  notes.fault(
    document,
    path,
    'It is neither request-success-rate nor request-duration and has no templateRef; Flagger fails every check of such a metric. Refer to a MetricTemplate.',
  );
  return undefined;
}

function ownDestination(
  { notes, document, prometheus }: CanaryReading,
  path: ManifestPath,
): Destination | undefined {
  if (prometheus !== null) return { address: prometheus, headers: {}, insecure: false };
  notes.fault(
    document,
    path,
    'Nobody says where Prometheus is: Flagger knows it from its own flag. Write spec.metricsServer, or give the address: by `--prometheus` when you import, by `metrics: { prometheus: … }` of kubernetes in a sluice.yaml.',
  );
  return undefined;
}

function templateQuestion(
  reading: CanaryReading,
  metric: CanaryMetric,
  path: ManifestPath,
): Question | undefined {
  const { notes, document, documents, settings } = reading;
  const { name, namespace = reading.namespace } = metric.templateRef!;
  const template = findManifest(documents, { kind: 'MetricTemplate', name, namespace }, settings.namespace);
  if (!template) {
    notes.fault(
      document,
      [...path, 'templateRef'],
      `MetricTemplate ${namespace}/${name} is not among the files; add the file that has it.`,
    );
    return undefined;
  }
  if (!isUnderstood(notes, template)) return undefined;
  if (!notes.check(template, METRIC_TEMPLATE_SPEC, template.object.spec, ['spec'])) return undefined;
  notes.use(template);
  const { query, provider } = template.object.spec as unknown as MetricTemplateSpec;
  if (provider.type !== 'prometheus')
    notes.fault(
      template,
      ['spec', 'provider', 'type'],
      `Sluice asks Prometheus, not ${provider.type}. Write the same question in PromQL, or have a web query ask it (measurements in sluice.yaml).`,
    );
  if (provider.secretRef)
    notes.fault(
      template,
      ['spec', 'provider', 'secretRef'],
      `Sluice does not make an Authorization header out of a Secret’s token or password. Keep the whole header in a file or the environment of the control plane and name it in sluice.yaml (measurements), and leave this metric out.`,
    );
  const address = provider.address || reading.prometheus;
  if (!address)
    notes.fault(template, ['spec', 'provider', 'address'], 'The address of Prometheus was expected.');
  const headers = Object.entries(provider.headers ?? {}).map(
    ([header, values]) => [header, { value: values.join(', ') }] as const,
  );
  return questionOf(reading, metric, path, query, {
    address,
    headers: Object.fromEntries(headers),
    insecure: provider.insecureSkipVerify ?? false,
  });
}

function questionOf(
  reading: CanaryReading,
  metric: CanaryMetric,
  path: ManifestPath,
  template: string,
  destination: Destination | undefined,
): Question | undefined {
  const { notes, document, spec, names, namespace } = reading;
  const rendered = renderQuery(template, {
    canary: document.object.metadata.name,
    namespace,
    ingress: spec.ingressRef?.name ?? spec.targetRef.name,
    route: spec.routeRef?.name ?? spec.targetRef.name,
    interval: metric.interval ?? DEFAULT_WINDOW,
    variables: metric.templateVariables ?? {},
    names,
  });
  if (!rendered.ok) notes.fault(document, path, rendered.message);
  if (!rendered.ok || !destination) return undefined;
  tellOfFixedNames(reading, path, template);
  tellOfNoLimit(reading, metric, path);
  return {
    name: metric.name,
    query: {
      provider: 'prometheus',
      ...destination,
      query: rendered.query,
      range: null,
      timeoutMs: QUERY_TIMEOUT_MS,
    },
    condition: conditionOf(metric),
    errorLimit: DEFAULT_ERROR_LIMIT,
  };
}

/** A range as it stands; the old `threshold` is the least rate of success, and of everything else the most. */
function conditionOf({ name, thresholdRange, threshold = 0 }: CanaryMetric): MeasurementCondition {
  const language = 'range' as const;
  if (thresholdRange) return { language, min: thresholdRange.min ?? null, max: thresholdRange.max ?? null };
  return name === 'request-success-rate'
    ? { language, min: threshold, max: null }
    : { language, min: null, max: threshold };
}

function tellOfNoLimit(
  { notes, document }: CanaryReading,
  { name, thresholdRange, threshold }: CanaryMetric,
  path: ManifestPath,
): void {
  const { min, max } = thresholdRange ?? {};
  if (min !== undefined || max !== undefined || (thresholdRange === undefined && threshold !== undefined))
    return;
  const isAlwaysGood = thresholdRange !== undefined || name === 'request-success-rate';
  notes.differ(
    document,
    path,
    isAlwaysGood
      ? 'It names no limit, so that, as in Flagger, every value is good. Write thresholdRange.'
      : 'It names no limit, so that, as in Flagger, every value above 0 is a failed check. Write thresholdRange.',
  );
}

/** A query that spells out the target's name finds nothing any more: every revision has a name of its own. */
function tellOfFixedNames(
  { notes, document, names }: CanaryReading,
  path: ManifestPath,
  template: string,
): void {
  const quotedNames = [...template.matchAll(/"([^"{}]*)"/g)].map(([, text]) => text ?? '');
  const fixed = quotedNames.find((text) =>
    [names.target, `${names.target}-primary`, `${names.apex}-canary`, `${names.apex}-primary`].includes(text),
  );
  if (fixed !== undefined)
    notes.differ(
      document,
      path,
      `Its query spells out "${fixed}", which in Sluice names neither arm: every revision has names of its own. Write {{ target }} for the candidate and {{ target }}-primary for the stable revision.`,
    );
}
