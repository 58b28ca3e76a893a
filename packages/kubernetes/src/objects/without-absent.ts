import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';

/** The same value without keys whose value is undefined, at every level; so it is what its own JSON says. */
export function withoutAbsent<Value extends JsonValue>(value: Value): Value {
  return clean(value) as Value;
}

function clean(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(clean);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value as JsonObject).flatMap(([key, item]) =>
    item === undefined ? [] : [[key, clean(item)] as const],
  );
  return Object.fromEntries(kept);
}
