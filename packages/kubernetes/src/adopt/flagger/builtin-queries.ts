import type { MetricsSource } from '../../settings/metrics-settings.ts';

/** The two checks that Flagger knows without a template. */
export type BuiltinMetric = 'request-success-rate' | 'request-duration';

/** Who counts the requests of a Canary, by its provider. */
export type CountedBy = 'istio' | 'linkerd' | 'application';

/** Where a builtin check reads: counter, histogram in some unit, and the labels that choose. */
interface Series {
  readonly counter: string;
  readonly histogram: string;
  readonly toMs: number;
  readonly workload: string;
  /** Matches what did not fail. */
  readonly succeeded: string;
}

/** Names as the meshes export them, and as Flagger expects of an application (`pkg/metrics/observers` at 15bd6ad). */
const SERIES: Readonly<Record<CountedBy, Series>> = {
  istio: {
    counter: 'istio_requests_total',
    histogram: 'istio_request_duration_milliseconds_bucket',
    toMs: 1,
    workload:
      'reporter="destination",destination_workload_namespace="{{ namespace }}",destination_workload="{{ target }}"',
    succeeded: 'response_code!~"5.*"',
  },
  linkerd: {
    counter: 'response_total',
    histogram: 'response_latency_ms_bucket',
    toMs: 1,
    workload: 'namespace="{{ namespace }}",deployment="{{ target }}",direction="inbound"',
    succeeded: 'classification!="failure"',
  },
  application: {
    counter: 'http_request_duration_seconds_count',
    histogram: 'http_request_duration_seconds_bucket',
    toMs: 1000,
    workload:
      'kubernetes_namespace="{{ namespace }}",kubernetes_pod_name=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"',
    succeeded: 'status!~"5.*"',
  },
};

/** The share of requests that did not fail, in per cent, or the time that 99 % of them take at most, in ms. */
export function builtinQuery(metric: BuiltinMetric, countedBy: CountedBy): string {
  const { counter, histogram, toMs, workload, succeeded } = SERIES[countedBy];
  const rate = (series: string, labels: string): string => `rate(${series}{${labels}}[{{ interval }}])`;
  if (metric === 'request-success-rate') {
    const all = `sum(${rate(counter, workload)})`;
    // Where nothing succeeded there is no series of successes; that is a rate of 0 and not a missing value.
    const good = `(sum(${rate(counter, `${workload},${succeeded}`)}) or 0 * ${all})`;
    return `100 * ${good} / ${all}`;
  }
  const quantile = `histogram_quantile(0.99, sum(${rate(histogram, workload)}) by (le))`;
  return toMs === 1 ? quantile : `${toMs} * ${quantile}`;
}

/** Where Sluice's judge counts, for each of them. */
export const SOURCES: Readonly<Record<CountedBy, MetricsSource>> = {
  istio: { kind: 'istio' },
  linkerd: { kind: 'linkerd' },
  application: {
    kind: 'application',
    requests: 'http_request_duration_seconds_count',
    statusLabel: 'status',
    latency: 'http_request_duration_seconds',
    podLabel: 'kubernetes_pod_name',
  },
};
