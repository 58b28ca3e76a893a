/** JSON that may be built up step by step; once it is stored nobody changes it. */
export type Json = null | boolean | number | string | Json[] | JsonMap;

/** A JSON object that may be built up step by step. */
export interface JsonMap {
  [key: string]: Json;
}

/** True for a JSON object, false for a list, a scalar and undefined. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A deep copy of plain JSON; keys without a value are left out, as JSON would leave them out. */
export function copyJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(copyJson);
  if (typeof value !== 'object' || value === null) return value as Json;
  const copy: JsonMap = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = copyJson(item);
  return copy;
}

/** Whether two JSON values say the same, whatever the order of their keys. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => sameJson(item, b[at]));
  }
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]));
}

/** What lies at a path of keys, or undefined as soon as a step is missing. */
export function jsonAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const key of path) {
    if (!isMap(here)) return undefined;
    here = here[key];
  }
  return here;
}

/** The object at a path, or an empty one that is not part of the value. */
export function mapAt(value: Json | undefined, ...path: readonly string[]): JsonMap {
  const found = jsonAt(value, ...path);
  return isMap(found) ? found : {};
}

/** The list at a path, or an empty one that is not part of the value. */
export function listAt(value: Json | undefined, ...path: readonly string[]): Json[] {
  const found = jsonAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The text at a path, or an empty one. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = jsonAt(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** A scalar as text, as it stands in selectors and messages; anything else as JSON. */
export function plainText(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

/** The number at a path, or undefined. */
export function numberAt(value: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = jsonAt(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** The object at a key, made where it is missing. */
export function ensureMap(value: JsonMap, key: string): JsonMap {
  const found = value[key];
  if (isMap(found)) return found;
  const made: JsonMap = {};
  value[key] = made;
  return made;
}
