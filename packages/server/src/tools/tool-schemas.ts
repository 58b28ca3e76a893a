/**
 * Purpose: says whether what a tool takes and gives is what its schemas allow.
 *
 * Owns, in memory: compiled schemas. Schemas come from who registers tools; nothing is fetched for them.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type FormatsPlugin } from 'ajv-formats';
import formats from 'ajv-formats';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { TOOL_LIMITS } from '@sluice/core/tasks/tool-definition.ts';

/** Judges values by JSON Schema (2020-12). */
export interface ToolSchemas {
  /** Whether a schema can be used. */
  check(schema: JsonObject): Result<void>;
  /** What is wrong with a value, in words; null when nothing is. */
  fault(schema: JsonObject, value: unknown): string | null;
}

/** Schemas that are kept compiled; a server with more compiles those it has forgotten again. */
const MOST = 500;
/** Faults that are told of one value. */
const TOLD = 5;

/** Starts with nothing compiled. */
export function toolSchemas(): ToolSchemas {
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (schema: JsonObject): ValidateFunction => {
    const key = canonicalJson(schema);
    const present = compiled.get(key);
    if (present) return present;
    // Each by itself: two schemas may have the same `$id`, and none may refer to another.
    const made = newAjv().compile(schema as object);
    compiled.set(key, made);
    const [oldest] = compiled.keys();
    if (compiled.size > MOST && oldest !== undefined) compiled.delete(oldest);
    return made;
  };
  return {
    check: (schema) => {
      const bytes = Buffer.byteLength(JSON.stringify(schema));
      if (bytes > TOOL_LIMITS.schemaBytes)
        return unusable(`It has ${bytes} bytes, and ${TOOL_LIMITS.schemaBytes} are the most.`);
      try {
        validatorOf(schema);
        return ok(undefined);
      } catch (thrown) {
        return unusable(thrown instanceof Error ? thrown.message : String(thrown));
      }
    },
    fault: (schema, value) => {
      const validate = validatorOf(schema);
      if (validate(value)) return null;
      const faults = (validate.errors ?? []).map(
        ({ instancePath, message = 'is not allowed', params }) =>
          `${instancePath === '' ? 'it' : instancePath} ${message}${detailOf(params)}`,
      );
      return [...new Set(faults)].slice(0, TOLD).join('; ');
    },
  };
}

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true, logger: false });
  (formats as unknown as FormatsPlugin)(ajv);
  return ajv;
}

/** What the words of the library leave out. */
function detailOf(params: Readonly<Record<string, unknown>>): string {
  const { additionalProperty, allowedValues } = params;
  if (typeof additionalProperty === 'string') return ` (${additionalProperty})`;
  return Array.isArray(allowedValues)
    ? ` (${allowedValues.map((one) => JSON.stringify(one)).join(', ')})`
    : '';
}

const unusable = (why: string) =>
  refuse(
    'invalid-schema',
    `The schema cannot be used: ${why}`,
    'Write it as JSON Schema, draft 2020-12, without references elsewhere.',
  );
