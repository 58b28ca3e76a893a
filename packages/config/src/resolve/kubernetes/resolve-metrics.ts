import { resolve } from 'node:path';
import type {
  HeaderValue,
  MetricsSettings,
  MetricsSource,
} from '@sluice/kubernetes/settings/metrics-settings.ts';
import type { RouterSettings } from '@sluice/kubernetes/settings/router-settings.ts';
import { DEFAULTS } from '../../language/defaults.ts';
import type { HeadersInput, MetricsInput, SourceInput } from '../../language/kubernetes/metrics-language.ts';
import { defaultMs } from '../default-value.ts';
import { keptReference } from '../kept-reference.ts';

/** Where evidence comes from; null when it is off or no Prometheus is named. */
export function resolveMetrics(
  metrics: MetricsInput | 'off' | undefined,
  routers: readonly RouterSettings[],
  baseDirectory: string,
): MetricsSettings | null {
  if (metrics === undefined || metrics === 'off' || metrics.prometheus === undefined) return null;
  const byDefault = DEFAULTS.kubernetes.metrics;
  const bySource = routers.some(({ kind }) => kind === 'istio') ? 'istio' : 'application';
  return {
    provider: 'prometheus',
    address: metrics.prometheus,
    headers: resolveHeaders(metrics.headers, baseDirectory),
    tls: resolveTls(metrics.tls, baseDirectory),
    source: resolveSource(metrics.source ?? bySource),
    tickMs: metrics.tick ?? defaultMs(byDefault.tick),
    delayMs: metrics.delay ?? defaultMs(byDefault.delay),
  };
}

/** Headers of queries; files are named by their absolute path. */
export function resolveHeaders(
  headers: HeadersInput | undefined,
  baseDirectory: string,
): Readonly<Record<string, HeaderValue>> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]): [string, HeaderValue] => {
      if (typeof value === 'string') return [name, { value }];
      if (value.file !== undefined) return [name, { file: resolve(baseDirectory, value.file) }];
      const secret = keptReference(value);
      if (secret !== undefined) return [name, { secret }];
      return [name, { environment: value.environment ?? name }];
    }),
  );
}

function resolveTls(tls: MetricsInput['tls'], baseDirectory: string): MetricsSettings['tls'] {
  if (tls === undefined) return null;
  const file = (path: string | undefined): string | null =>
    path === undefined ? null : resolve(baseDirectory, path);
  return {
    caFile: file(tls.ca),
    certFile: file(tls.cert),
    keyFile: file(tls.key),
    insecure: tls.insecure ?? false,
  };
}

function resolveSource(source: SourceInput): MetricsSource {
  if (source === 'application') return applicationSource({});
  if (typeof source === 'string') return { kind: source };
  if (source.queries === undefined) return applicationSource(source.application ?? {});
  const { requests, errors, latency } = source.queries;
  return { kind: 'queries', requests, errors, latency: latency ?? null };
}

type ApplicationInput = NonNullable<Exclude<SourceInput, string>['application']>;

function applicationSource(written: ApplicationInput): MetricsSource {
  const byDefault = DEFAULTS.kubernetes.metrics;
  const latency = written.latency ?? byDefault.latency;
  return {
    kind: 'application',
    requests: written.requests ?? byDefault.requests,
    statusLabel: written['status-label'] ?? byDefault.statusLabel,
    latency: latency === 'none' ? null : latency,
    podLabel: written['pod-label'] ?? byDefault.podLabel,
  };
}
