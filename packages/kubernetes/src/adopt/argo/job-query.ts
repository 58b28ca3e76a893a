import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import type { MeasurementQuery } from '@sluice/core/rollout/measurement-spec.ts';
import { putArgumentsIn } from './put-arguments.ts';
import type { QueryReading } from './query-reading.ts';
import type { MetricProvider } from './template-shape.ts';

/** Argo waits for a Job without end; a measurement must end. */
const TIMEOUT_MS = 3_600_000;

/** A Job that runs to its end. */
export function jobQuery(
  metric: NonNullable<MetricProvider['job']>,
  reading: QueryReading,
): MeasurementQuery {
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
    timeoutMs: limitMs ?? TIMEOUT_MS,
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
