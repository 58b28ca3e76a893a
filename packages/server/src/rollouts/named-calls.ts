import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { MeasurementSecret, MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { HeaderValue } from '@sluice/kubernetes/settings/metrics-settings.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';

/** Something that the control plane will call for a component. */
export interface NamedCall {
  /** Who names it: `the metrics of web`. */
  readonly of: string;
  /** Null: where the metrics of the component are. */
  readonly address: string | null;
  readonly headers: Readonly<Record<string, HeaderValue | MeasurementSecret>>;
  /** Files of certificates. */
  readonly files: readonly string[];
}

/** What a component has the control plane call over HTTP: its Prometheus, its measurements and its hooks. */
export function namedCalls(component: ComponentSpec): readonly NamedCall[] {
  const { name, agents, strategy } = component;
  const hooks = (agents?.hooks ?? []).flatMap(({ name: hook, action }) =>
    action.kind === 'http' ? [callOf(`the hook ${hook} of ${name}`, action.url)] : [],
  );
  const measurements = measurementsIn(strategy).map(({ name: measurement, query }) => {
    const of = `the measurement ${measurement} of ${name}`;
    if (query.provider === 'task') return [];
    const address = query.provider === 'web' ? query.url : query.address;
    return [{ ...callOf(of, address), headers: query.headers }];
  });
  return [...metricsOf(component), ...measurements.flat(), ...hooks];
}

const callOf = (of: string, address: string | null): NamedCall => ({ of, address, headers: {}, files: [] });

function metricsOf(component: ComponentSpec): readonly NamedCall[] {
  if (component.workload.on !== 'cluster') return [];
  const { metrics } = kubernetesSettings(component);
  if (metrics === null) return [];
  const { address, headers, tls } = metrics;
  const files = [tls?.caFile, tls?.certFile, tls?.keyFile].filter((file) => typeof file === 'string');
  return [{ of: `the metrics of ${component.name}`, address, headers, files }];
}

/** Measurements stand in phases and in the analysis of each strategy; wherever they do, they are seen. */
function measurementsIn(value: unknown): readonly MeasurementSpec[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isMeasurement(value)) return [value];
  return Object.values(value).flatMap(measurementsIn);
}

const isMeasurement = (value: object): value is MeasurementSpec =>
  'query' in value && typeof value.query === 'object' && value.query !== null && 'provider' in value.query;
