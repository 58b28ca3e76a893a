import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';

/**
 * The JSON merge patch (RFC 7396) that makes one object into another: what the other lacks is taken away, lists are
 * replaced as a whole. Fields that a server has filled in by itself are taken away too, and it fills them in again.
 */
export function mergePatchTo(present: JsonObject, wanted: JsonObject): JsonObject {
  const removed = Object.keys(present).filter((key) => wanted[key] === undefined);
  const changed = Object.entries(wanted).map(([key, value]) => {
    const before = present[key];
    return [key, isObject(value) && isObject(before) ? mergePatchTo(before, value) : value] as const;
  });
  return { ...Object.fromEntries(removed.map((key) => [key, null])), ...Object.fromEntries(changed) };
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
