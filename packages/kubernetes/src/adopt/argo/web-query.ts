import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import type { MeasurementQuery } from '@sluice/core/rollout/measurement-spec.ts';
import { isRecord } from '../workloads/check-shape.ts';
import { putArguments, putArgumentsIn } from './put-arguments.ts';
import { authenticated, headersOf, putter, type QueryReading, secondsOf } from './query-reading.ts';
import type { MetricProvider } from './template-shape.ts';

/** What Argo takes when nothing is said. */
const TIMEOUT_SECONDS = 10;

type Web = NonNullable<MetricProvider['web']>;

/** A question over HTTP. */
export function webQuery(metric: Web, reading: QueryReading): MeasurementQuery {
  const put = putter(reading, ['web']);
  const method = metric.method ?? 'GET';
  const body = bodyOf(metric, reading);
  if (body !== null && method === 'GET')
    reading.fault(['web', 'method'], 'A body can only be sent with POST or PUT.');
  return {
    provider: 'web',
    url: reading.readdressed(put('url', metric.url)),
    method,
    headers: {
      ...headersOf(metric.headers, reading, ['web']),
      ...authenticated(metric.authentication, reading, ['web']),
    },
    body,
    jsonPath: metric.jsonPath === undefined ? null : jsonPathOf(put('jsonPath', metric.jsonPath), reading),
    insecure: metric.insecure ?? false,
    timeoutMs: secondsOf(metric.timeoutSeconds, TIMEOUT_SECONDS, reading, ['web', 'timeoutSeconds']),
  };
}

/** Null for the whole of the answer. */
function jsonPathOf(written: string, reading: QueryReading): string | null {
  const path = written.trim();
  const refuse = (message: string): void => reading.fault(['web', 'jsonPath'], message);
  if (path === '' || path === '{$}') return null;
  if (!/^\{[^{}]*\}$/.test(path))
    refuse(`One path in one pair of braces, such as {$.data.ok}, was expected, not \`${path}\`.`);
  else if (/\?\(|\[\(/.test(path))
    refuse(
      `Sluice follows no filters in a path (\`${path}\`), because they are programs. Take the whole list and choose in the condition: any(result, {#.name == "a" && #.value > 1}).`,
    );
  return path;
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
