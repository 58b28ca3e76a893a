import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { NullValue, type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';

/**
 * How deep arrays and objects may lie in each other. Readers of protobuf in most languages stop at a depth of 100, and a
 * level of JSON takes three of theirs (value, struct and entry).
 */
export const MOST_JSON_LEVELS = 30;

/** Reads JSON out of `google.protobuf.Value`; what was left out is null. Refuses what JSON cannot say, and what is too deep. */
export function jsonOfValue(value: Value | undefined): Result<unknown> {
  try {
    return ok(value === undefined ? null : jsonOf(value, 0));
  } catch (thrown) {
    if (thrown instanceof NotJson) return refuse('invalid-value', thrown.message, thrown.remedy);
    throw thrown;
  }
}

/** Writes JSON as `google.protobuf.Value`; what JSON leaves out is left out, or null. Refuses what is too deep. */
export function valueOfJson(json: unknown): Result<Value> {
  try {
    return ok(create(ValueSchema, initOf(json, 0)));
  } catch (thrown) {
    if (thrown instanceof NotJson) return refuse('invalid-value', thrown.message, thrown.remedy);
    throw thrown;
  }
}

class NotJson extends TypeError {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

function jsonOf({ kind }: Value, level: number): unknown {
  checkLevel(level);
  switch (kind.case) {
    case 'numberValue':
      return finite(kind.value);
    case 'structValue':
      return Object.fromEntries(
        Object.entries(kind.value.fields).map(([name, inner]) => [name, jsonOf(inner, level + 1)]),
      );
    case 'listValue':
      return kind.value.values.map((inner) => jsonOf(inner, level + 1));
    case 'stringValue':
    case 'boolValue':
      return kind.value;
    default:
      return null;
  }
}

type ValueInit = MessageInitShape<typeof ValueSchema>;

function initOf(json: unknown, level: number): ValueInit {
  checkLevel(level);
  if (typeof json === 'string') return { kind: { case: 'stringValue', value: json } };
  if (typeof json === 'boolean') return { kind: { case: 'boolValue', value: json } };
  if (typeof json === 'number') return { kind: { case: 'numberValue', value: finite(json) } };
  if (Array.isArray(json))
    return { kind: { case: 'listValue', value: { values: json.map((inner) => initOf(inner, level + 1)) } } };
  if (typeof json === 'object' && json !== null) {
    const entries = Object.entries(json).filter(([, inner]) => inner !== undefined);
    const fields = Object.fromEntries(entries.map(([name, inner]) => [name, initOf(inner, level + 1)]));
    return { kind: { case: 'structValue', value: { fields } } };
  }
  return { kind: { case: 'nullValue', value: NullValue.NULL_VALUE } };
}

function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  throw new NotJson(`The number ${number} cannot be said in JSON.`, 'Send null, or text.');
}

function checkLevel(level: number): void {
  if (level <= MOST_JSON_LEVELS) return;
  throw new NotJson(
    `Arrays and objects lie in each other more than ${MOST_JSON_LEVELS} levels deep.`,
    'Send it flatter, or as text.',
  );
}
