import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import type { MeasurementQuery, MeasurementSecret } from '@sluice/core/rollout/measurement-spec.ts';
import { base64 } from '../../render/base64.ts';
import { isRecord } from '../workloads/check-shape.ts';
import type { ArgumentValues } from './analysis-arguments.ts';
import { goDurationMs } from './go-duration.ts';
import { headerValue, putArguments, putArgumentsIn } from './put-arguments.ts';
import { agoMs } from './range-time.ts';
import {
  type MetricProvider,
  OTHER_PROVIDERS,
  type TemplateAuthentication,
  type TemplateHeaders,
} from './template-shape.ts';

/** What Argo takes when nothing is said. */
const PROMETHEUS_TIMEOUT_SECONDS = 30;
const WEB_TIMEOUT_SECONDS = 10;
/** Argo waits for a Job without end; a measurement must end. */
const JOB_TIMEOUT_MS = 3_600_000;

/** What a query is read with. `path` begins at `provider`. */
export interface QueryReading {
  readonly values: ArgumentValues;
  readonly readdressed: (text: string) => string;
  /** Address of Prometheus when the metric names none. */
  readonly prometheus: string | null;
  fault(path: readonly string[], message: string): void;
  differ(path: readonly string[], message: string): void;
}

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

type Prometheus = NonNullable<MetricProvider['prometheus']>;

function prometheusQuery(metric: Prometheus, reading: QueryReading): MeasurementQuery | undefined {
  const at = (key: string): readonly string[] => ['prometheus', key];
  const put = putter(reading, ['prometheus']);
  const address =
    metric.address === undefined || metric.address === '' ? null : put('address', metric.address);
  if (address !== null && !/^https?:\/\/[^/]/.test(address))
    reading.fault(at('address'), `\`${address}\` is no address such as http://prometheus.example.com:9090.`);
  if (address === null && reading.prometheus === null)
    reading.fault(
      at('address'),
      'It names no address, and nothing else says where Prometheus is (Argo reads ARGO_ROLLOUTS_PROMETHEUS_ADDRESS of its controller); name it here or with --prometheus.',
    );
  const query = metric.query === undefined ? '' : reading.readdressed(put('query', metric.query)).trim();
  if (query === '') reading.fault(at('query'), 'A query was expected.');
  return {
    provider: 'prometheus',
    address: address ?? reading.prometheus,
    headers: {
      ...headersOf(metric.headers, reading, ['prometheus']),
      ...authenticated(metric.authentication, reading, ['prometheus']),
    },
    insecure: metric.insecure ?? false,
    query,
    range: metric.rangeQuery ? rangeOf(metric.rangeQuery, reading) : null,
    timeoutMs: secondsOf(metric.timeout, PROMETHEUS_TIMEOUT_SECONDS, reading, at('timeout')),
  };
}

function rangeOf(
  range: NonNullable<Prometheus['rangeQuery']>,
  reading: QueryReading,
): { readonly startMs: number; readonly endMs: number; readonly stepMs: number } {
  const put = putter(reading, ['prometheus', 'rangeQuery']);
  const time = (key: 'start' | 'end'): number => {
    const text = put(key, range[key]);
    const ago = agoMs(text);
    if (ago === undefined)
      reading.fault(
        ['prometheus', 'rangeQuery', key],
        `A time such as now() or now() - duration("1h") was expected, not \`${text}\`.`,
      );
    return ago ?? 0;
  };
  const step = put('step', range.step);
  const stepMs = goDurationMs(step) ?? 0;
  if (stepMs === 0)
    reading.fault(
      ['prometheus', 'rangeQuery', 'step'],
      `A duration such as 1m was expected, not \`${step}\`.`,
    );
  return { startMs: time('start'), endMs: time('end'), stepMs };
}

type Web = NonNullable<MetricProvider['web']>;

function webQuery(metric: Web, reading: QueryReading): MeasurementQuery | undefined {
  const put = putter(reading, ['web']);
  const method = metric.method ?? 'GET';
  const body = bodyOf(metric, reading);
  if (body !== null && method === 'GET')
    reading.fault(['web', 'method'], 'A body can only be sent with POST or PUT.');
  const path = metric.jsonPath === undefined ? '{$}' : put('jsonPath', metric.jsonPath).trim();
  const jsonPath = path === '' || path === '{$}' ? null : path;
  if (jsonPath !== null && !/^\{.*\}$/s.test(jsonPath))
    reading.fault(['web', 'jsonPath'], `A path in braces such as {$.data.ok} was expected, not \`${path}\`.`);
  return {
    provider: 'web',
    url: reading.readdressed(put('url', metric.url)),
    method,
    headers: {
      ...headersOf(metric.headers, reading, ['web']),
      ...authenticated(metric.authentication, reading, ['web']),
    },
    body,
    jsonPath,
    insecure: metric.insecure ?? false,
    timeoutMs: secondsOf(metric.timeoutSeconds, WEB_TIMEOUT_SECONDS, reading, ['web', 'timeoutSeconds']),
  };
}

function bodyOf({ body, jsonBody }: Web, reading: QueryReading): JsonObject | null {
  const refuse = (message: string): void =>
    reading.fault(['web', body === undefined ? 'jsonBody' : 'body'], message);
  if (body !== undefined && jsonBody !== undefined) refuse('Either body or jsonBody was expected, not both.');
  if (jsonBody !== undefined) return putArgumentsIn(jsonBody, reading.values, refuse);
  if (body === undefined || body === '') return null;
  const parsed = jsonOf(putArguments(body, reading.values, refuse));
  if (parsed === undefined) {
    refuse('Sluice sends a JSON object as a body; write it as jsonBody.');
    return null;
  }
  reading.differ(
    ['web', 'body'],
    'Argo sends this text without a content type; Sluice sends it as application/json.',
  );
  return parsed;
}

function jsonOf(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isRecord(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function jobQuery(metric: NonNullable<MetricProvider['job']>, reading: QueryReading): MeasurementQuery {
  const refuse = (message: string): void =>
    reading.fault(
      ['job', 'spec'],
      message.includes('of Secret')
        ? `${message} Let the container read the Secret itself, by env.valueFrom.`
        : message,
    );
  const spec = readdressedIn(putArgumentsIn(metric.spec, reading.values, refuse), reading.readdressed);
  const { activeDeadlineSeconds } = spec;
  const limitMs = typeof activeDeadlineSeconds === 'number' ? activeDeadlineSeconds * 1000 : null;
  if (limitMs === null)
    reading.differ(
      ['job', 'spec'],
      'The Job has no activeDeadlineSeconds, and Argo would wait for it without end. Sluice takes it for an error after 1h; set activeDeadlineSeconds for another time.',
    );
  return {
    provider: 'task',
    task: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: putArgumentsIn((metric.metadata ?? {}) as JsonObject, reading.values, refuse),
      spec,
    },
    timeoutMs: limitMs ?? JOB_TIMEOUT_MS,
  };
}

function readdressedIn(value: JsonObject, readdressed: (text: string) => string): JsonObject {
  const put = (part: JsonValue): JsonValue => {
    if (typeof part === 'string') return readdressed(part);
    if (Array.isArray(part)) return (part as readonly JsonValue[]).map(put);
    return typeof part === 'object' && part !== null ? readdressedIn(part as JsonObject, readdressed) : part;
  };
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, inner === undefined ? undefined : put(inner)]),
  );
}

/** Puts arguments into the texts below a path. */
const putter =
  (reading: QueryReading, path: readonly string[]) =>
  (key: string, text: string): string =>
    putArguments(text, reading.values, (message) => reading.fault([...path, key], message));

function headersOf(
  headers: TemplateHeaders | undefined,
  reading: QueryReading,
  path: readonly string[],
): Record<string, MeasurementSecret> {
  const refuse = (message: string): void => reading.fault([...path, 'headers'], message);
  return Object.fromEntries(
    (headers ?? []).map(({ key, value }) => [key, headerValue(value, reading.values, refuse)]),
  );
}

function authenticated(
  authentication: TemplateAuthentication | undefined,
  reading: QueryReading,
  path: readonly string[],
): Record<string, MeasurementSecret> {
  const { basicAuth, oauth2, sigv4 } = authentication ?? {};
  const fault = (key: string, message: string): void =>
    reading.fault([...path, 'authentication', key], message);
  if (oauth2 && Object.keys(oauth2).length > 0)
    fault(
      'oauth2',
      'Sluice fetches no tokens of OAuth 2; put a token into a Secret and send it as the header Authorization.',
    );
  if (sigv4 && Object.keys(sigv4).length > 0)
    fault(
      'sigv4',
      'Sluice does not sign requests for Amazon; put a signing proxy (aws-sigv4-proxy) before it and name that as address.',
    );
  if (!basicAuth?.username && !basicAuth?.password) return {};
  const { username, password } = basicAuth;
  if (!username || !password) {
    fault('basicAuth', 'Both username and password were expected.');
    return {};
  }
  const refuse = (message: string): void =>
    fault(
      'basicAuth',
      message.includes('of Secret')
        ? 'Its parts come from a Secret. Put the whole value of the header (`Basic` and the Base64 of `name:password`) under one key of the Secret, and send it as the header Authorization.'
        : message,
    );
  const plain = `${putArguments(username, reading.values, refuse)}:${putArguments(password, reading.values, refuse)}`;
  return { Authorization: { value: `Basic ${base64(plain)}` } };
}

function secondsOf(
  value: number | string | undefined,
  otherwise: number,
  { values, fault }: QueryReading,
  path: readonly string[],
): number {
  const text = putArguments(String(value ?? otherwise), values, (message) => fault(path, message));
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0) return (seconds || otherwise) * 1000;
  fault(path, `A whole number of seconds was expected, not \`${text}\`.`);
  return otherwise * 1000;
}
