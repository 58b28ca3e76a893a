import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import type { MeasurementContext } from './measurement-ports.ts';

type Names = Pick<MeasurementContext, 'candidate' | 'stable'>;

/** Puts the revisions into a text: `{{candidate}}`, `{{stable}}`, and `{{candidate-hash}}`, `{{stable-hash}}`. */
export function fillNames(text: string, { candidate, stable }: Names): string {
  const values: Readonly<Record<string, string>> = {
    candidate,
    stable: stable ?? '',
    'candidate-hash': hashOf(candidate),
    'stable-hash': hashOf(stable ?? ''),
  };
  return text.replaceAll(/\{\{\s*([a-z-]+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The same for every text inside. */
export function fillNamesIn(value: JsonObject, names: Names): JsonObject {
  return filled(value, names) as JsonObject;
}

function filled(value: JsonValue | undefined, names: Names): JsonValue | undefined {
  if (typeof value === 'string') return fillNames(value, names);
  if (Array.isArray(value)) return value.map((one: JsonValue) => filled(one, names) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, filled(one as JsonValue, names)]),
  );
}

const hashOf = (revision: string): string => revision.slice(revision.lastIndexOf('-') + 1);
