import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';

/** The value if it is a JSON object; else an empty one. */
export const asObject = (value: JsonValue | undefined): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};

/** The value as text: a text as it is, anything else as its JSON, nothing as an empty text. */
export const asText = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
