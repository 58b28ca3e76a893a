import type { JsonValue } from '@sluice/core/kernel/json.ts';

/**
 * Whether a value has everything that is expected of it. What servers fill in beside that does not matter, but for the
 * keys that decide where requests go: one of these that nobody ordered is a difference, unless it is an empty list.
 */
export function covers(
  actual: JsonValue | undefined,
  expected: JsonValue | undefined,
  decisive: ReadonlySet<string>,
): boolean {
  if (expected === undefined) return true;
  if (isList(expected))
    return (
      isList(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => covers(actual[index], item, decisive))
    );
  if (expected === null || typeof expected !== 'object') return actual === expected;
  if (actual === null || typeof actual !== 'object' || isList(actual)) return false;
  const added = Object.keys(actual).filter((key) => expected[key] === undefined && !isEmpty(actual[key]));
  return (
    added.every((key) => !decisive.has(key)) &&
    Object.entries(expected).every(([key, value]) => covers(actual[key], value, decisive))
  );
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
const isEmpty = (value: JsonValue | undefined): boolean =>
  value === undefined || (isList(value) && value.length === 0);
