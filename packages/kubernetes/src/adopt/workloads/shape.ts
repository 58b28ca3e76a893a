/** What a value of a manifest may look like; the part of an OpenAPI schema that faults are told by. */
export type Shape =
  | { readonly kind: 'text'; readonly pattern?: RegExp; readonly oneOf?: readonly string[] }
  | { readonly kind: 'number'; readonly whole: boolean; readonly min?: number; readonly max?: number }
  | { readonly kind: 'flag' }
  | { readonly kind: 'number-or-text' }
  | { readonly kind: 'anything' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'map'; readonly of: Shape }
  | ObjectShape;

/** An object whose keys are all known. */
export interface ObjectShape {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  /** Exactly one of these keys must be there. */
  readonly exactlyOne: readonly string[];
}

/** Any text at all. */
export const TEXT: Shape = { kind: 'text' };
/** True or false. */
export const FLAG: Shape = { kind: 'flag' };
/** A number without a fraction. */
export const WHOLE: Shape = { kind: 'number', whole: true };
/** Any finite number. */
export const NUMBER: Shape = { kind: 'number', whole: false };
/** Texts under any keys. */
export const TEXTS: Shape = { kind: 'map', of: TEXT };
/** What is read by somebody else. */
export const ANYTHING: Shape = { kind: 'anything' };

/** One of a few texts. */
export const oneOf = (...texts: readonly string[]): Shape => ({ kind: 'text', oneOf: texts });
/** A whole number within bounds, each included. */
export const within = (min: number, max: number): Shape => ({ kind: 'number', whole: true, min, max });
/** A list of values that are all alike. */
export const listOf = (of: Shape): Shape => ({ kind: 'list', of });

/** An object with these keys and no others. */
export function objectOf(
  fields: Readonly<Record<string, Shape>>,
  rules: { readonly required?: readonly string[]; readonly exactlyOne?: readonly string[] } = {},
): ObjectShape {
  return { kind: 'object', fields, required: rules.required ?? [], exactlyOne: rules.exactlyOne ?? [] };
}
