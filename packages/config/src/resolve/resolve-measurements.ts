import { assert } from '@sluice/core/kernel/assert.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type {
  MeasurementCondition,
  MeasurementQuery,
  MeasurementSpec,
} from '@sluice/core/rollout/measurement-spec.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { MeasurementInput, MeasurementsInput } from '../language/measurement-language.ts';
import { defaultMs } from './default-value.ts';
import { resolveHeaders } from './kubernetes/resolve-metrics.ts';

/** Where measurements stand, for their names and for the files that they name. */
export interface MeasurementPlace {
  readonly baseDirectory: string;
  /** Before the name, so that phases may use the same; empty for those beside the steps. */
  readonly prefix: string;
}

/** Measurements with every default filled in, in the order of the file. */
export const resolveMeasurements = (
  written: MeasurementsInput | undefined,
  place: MeasurementPlace,
): readonly MeasurementSpec[] =>
  Object.entries(written ?? {}).map(([name, measurement]) => resolveMeasurement(name, measurement, place));

function resolveMeasurement(
  name: string,
  written: MeasurementInput,
  { baseDirectory, prefix }: MeasurementPlace,
): MeasurementSpec {
  const byDefault = DEFAULTS.measurement;
  const count = written.count ?? null;
  const interval = written.interval ?? (count === 1 ? 0 : defaultMs(byDefault.interval));
  return {
    name: `${prefix}${name}`,
    query: resolveQuery(written, baseDirectory),
    condition: resolveCondition(written),
    initialDelayMs: written['initial-delay'] ?? defaultMs(byDefault.initialDelay),
    intervalMs: interval,
    count,
    failureLimit: limitOf(written['failure-limit'], byDefault.failureLimit),
    inconclusiveLimit: limitOf(written['inconclusive-limit'], byDefault.inconclusiveLimit),
    consecutiveErrorLimit: written['error-limit'] ?? byDefault.errorLimit,
    consecutiveSuccessLimit: written['success-limit'] ?? null,
    dryRun: written['dry-run'] ?? false,
  };
}

const limitOf = (written: number | 'none' | undefined, byDefault: number): number | null =>
  written === 'none' ? null : (written ?? byDefault);

function resolveQuery({ prometheus, web }: MeasurementInput, baseDirectory: string): MeasurementQuery {
  const timeoutMs = defaultMs(DEFAULTS.measurement.timeout);
  if (prometheus !== undefined) {
    const long = typeof prometheus === 'string' ? { query: prometheus } : prometheus;
    const { range } = long;
    return {
      provider: 'prometheus',
      address: long.address ?? null,
      headers: resolveHeaders(long.headers, baseDirectory),
      insecure: long.insecure ?? false,
      query: long.query,
      range: range ? { startMs: range.from, endMs: range.to ?? 0, stepMs: range.step } : null,
      timeoutMs: long.timeout ?? timeoutMs,
    };
  }
  assert(web !== undefined, 'a measurement that asks nobody was not refused');
  const long = typeof web === 'string' ? { url: web } : web;
  return {
    provider: 'web',
    url: long.url,
    method: long.method ?? 'GET',
    headers: resolveHeaders(long.headers, baseDirectory),
    body: long.body === undefined ? null : (long.body as JsonObject),
    jsonPath: long['json-path'] ?? null,
    insecure: long.insecure ?? false,
    timeoutMs: long.timeout ?? timeoutMs,
  };
}

function resolveCondition({ success, failure, min, max }: MeasurementInput): MeasurementCondition {
  if (success !== undefined || failure !== undefined)
    return { language: 'cel', success: success ?? null, failure: failure ?? null };
  if (min !== undefined || max !== undefined)
    return { language: 'range', min: min ?? null, max: max ?? null };
  return { language: 'outcome' };
}
