import { fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { TaskError, wordsOf } from './task-error.ts';

/** Most of what a tool got or gave that is told, in characters of JSON. */
const NEWS_LIMIT = 16 * 1024;

/**
 * A result as it goes over the wire; `undefined` is null.
 * @throws TaskError of class `crash` when it is not JSON, or larger than a result may be
 */
export function resultValue(result: unknown): Value {
  const json = jsonText(result, 'result');
  const bytes = Buffer.byteLength(json);
  if (bytes > TASK_LIMITS.payloadBytes)
    throw new TaskError(
      'crash',
      `the result has ${bytes} bytes of JSON, more than the ${TASK_LIMITS.payloadBytes} that are kept; keep it elsewhere and return a reference`,
    );
  return fromJson(ValueSchema, JSON.parse(json) as JsonValue);
}

/** What a tool got or gave, for whoever reads along; what is no JSON, or too large, is described. */
export function newsValue(value: unknown): Value {
  return fromJson(ValueSchema, newsJson(value));
}

/**
 * Anything that is JSON, as it goes over the wire.
 * @throws TaskError of class `crash` when it is none
 */
export const wireJson = (value: unknown): Value =>
  fromJson(ValueSchema, JSON.parse(jsonText(value)) as JsonValue);

/** JSON of what a task brings; absent is null. */
export const plainJson = (value: Value | undefined): JsonValue =>
  value === undefined ? null : toJson(ValueSchema, value);

/**
 * JSON as text; `undefined` is null.
 * @throws TaskError of class `crash` when it is none
 */
export function jsonText(value: unknown, what = 'value'): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (thrown) {
    throw new TaskError('crash', `the ${what} is not JSON: ${wordsOf(thrown)}`, { cause: thrown });
  }
}

function newsJson(value: unknown): JsonValue {
  try {
    const json = JSON.stringify(value) ?? 'null';
    if (json.length > NEWS_LIMIT) return `(${json.length} characters of JSON)`;
    return JSON.parse(json) as JsonValue;
  } catch {
    return `(${typeof value}, not JSON)`;
  }
}
