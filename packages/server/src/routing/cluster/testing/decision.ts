import type { JsonObject } from '@sluice/core/kernel/json.ts';

/** For tests: one request, as far as routes look at it. */
export interface AskedRequest {
  readonly host: string;
  /** Without its query. */
  readonly path: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** For tests: where a request goes, and where copies of it go; null: to nobody. */
export interface Decision {
  readonly service: string | null;
  readonly copies: readonly string[];
}

/** For tests: whether a text matches a regular expression as a whole, as Envoy compares. */
export const isWhole = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`).test(text);

/** For tests: one of several by weight, or nobody when there is no weight at all. */
export function drawn(
  options: readonly { readonly service: string; readonly weight: number }[],
): string | null {
  const total = options.reduce((sum, { weight }) => sum + weight, 0);
  let place = Math.random() * total;
  for (const { service, weight } of options) {
    if (place < weight) return service;
    place -= weight;
  }
  return null;
}

/** For tests: a list below an object, empty where there is none. */
export const listIn = (object: JsonObject, key: string): readonly JsonObject[] =>
  (object[key] ?? []) as readonly JsonObject[];
