import type { MeasurementQuery } from '@sluice/core/rollout/measurement-spec.ts';
import { jobQuery } from './job-query.ts';
import { prometheusQuery } from './prometheus-query.ts';
import type { QueryReading } from './query-reading.ts';
import { type MetricProvider, OTHER_PROVIDERS } from './template-shape.ts';
import { webQuery } from './web-query.ts';

/** The question behind a metric, or undefined after a fault. */
export function metricQuery(provider: MetricProvider, reading: QueryReading): MeasurementQuery | undefined {
  if (provider.prometheus) return prometheusQuery(provider.prometheus, reading);
  if (provider.web) return webQuery(provider.web, reading);
  if (provider.job) return jobQuery(provider.job, reading);
  const name = OTHER_PROVIDERS.find((other) => other in provider) ?? 'of this name';
  reading.fault(
    [name],
    `Sluice has no provider ${name}. It measures by prometheus, web (any HTTP API that answers JSON) and job (any program in a container); write the metric with one of these.`,
  );
  return undefined;
}
