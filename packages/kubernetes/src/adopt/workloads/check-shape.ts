import { nearestKey } from './nearest-key.ts';
import type { ObjectShape, Shape } from './shape.ts';

/** Keys and indexes from the root of a manifest to a value. */
export type ManifestPath = readonly (string | number)[];

/** What is wrong with a value, and what was expected. */
export interface ShapeProblem {
  readonly path: ManifestPath;
  readonly message: string;
}

/**
 * Everything that keeps a value from having a shape, in the order of the file; empty when it has it. A key with the
 * value null is taken as absent, as an API server takes it.
 */
export function checkShape(shape: Shape, value: unknown, path: ManifestPath): readonly ShapeProblem[] {
  const expected = (what: string): readonly ShapeProblem[] => [
    { path, message: `${what} was expected, not ${shown(value)}.` },
  ];
  switch (shape.kind) {
    case 'anything':
      return [];
    case 'flag':
      return typeof value === 'boolean' ? [] : expected('true or false');
    case 'number-or-text':
      return typeof value === 'number' || typeof value === 'string' ? [] : expected('A number or a text');
    case 'text':
      return isText(shape, value) ? [] : [{ path, message: textFault(shape, value) }];
    case 'number':
      return isNumber(shape, value) ? [] : expected(numberExpectation(shape));
    case 'list':
      if (!Array.isArray(value)) return expected('A list');
      return value.flatMap((item, index) => checkShape(shape.of, item, [...path, index]));
    case 'map':
      if (!isRecord(value)) return expected('A mapping');
      return present(value).flatMap(([key, item]) => checkShape(shape.of, item, [...path, key]));
    case 'object':
      return isRecord(value) ? checkObject(shape, value, path) : expected('A mapping');
  }
}

/** Whether a value is a mapping. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const present = (record: Record<string, unknown>): readonly [string, unknown][] =>
  Object.entries(record).filter(([, item]) => item !== null && item !== undefined);

function checkObject(
  shape: ObjectShape,
  value: Record<string, unknown>,
  path: ManifestPath,
): readonly ShapeProblem[] {
  const keys = present(value);
  const has = (key: string): boolean => keys.some(([known]) => known === key);
  const missing = shape.required.filter((key) => !has(key));
  const chosen = shape.exactlyOne.filter(has);
  return [
    ...missing.map((key) => ({ path, message: `\`${key}\` is missing.` })),
    ...(shape.exactlyOne.length > 0 && chosen.length !== 1 ? [{ path, message: choice(shape, chosen) }] : []),
    ...keys.flatMap(([key, item]) => {
      const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      return field === undefined ? [unknownKey(shape, key, path)] : checkShape(field, item, [...path, key]);
    }),
  ];
}

function choice({ exactlyOne }: ObjectShape, chosen: readonly string[]): string {
  const found = chosen.length === 0 ? 'there is none' : `there are ${chosen.join(' and ')}`;
  return `Exactly one of ${exactlyOne.join(', ')} was expected; ${found}.`;
}

function unknownKey(shape: ObjectShape, key: string, path: ManifestPath): ShapeProblem {
  const nearest = nearestKey(key, Object.keys(shape.fields));
  const known = nearest
    ? `did you mean \`${nearest}\`?`
    : `known are ${Object.keys(shape.fields).join(', ')}.`;
  return { path: [...path, key], message: `There is no key \`${key}\` here; ${known}` };
}

const isText = ({ pattern, oneOf }: Extract<Shape, { kind: 'text' }>, value: unknown): boolean =>
  typeof value === 'string' && (oneOf?.includes(value) ?? true) && (pattern?.test(value) ?? true);

function textExpectation({ pattern, oneOf }: Extract<Shape, { kind: 'text' }>): string {
  if (oneOf) return `One of ${oneOf.filter((text) => text !== '').join(', ')}`;
  return pattern ? `A text of the form ${pattern.source}` : 'A text';
}

/** What YAML reads as something else than a text is one in quotes. */
function textFault(shape: Extract<Shape, { kind: 'text' }>, value: unknown): string {
  const isOther = typeof value === 'boolean' || typeof value === 'number';
  const remedy = isOther ? '; put it in quotes (`y`, `on` and numbers are no texts without)' : '';
  return `${textExpectation(shape)} was expected, not ${shown(value)}${remedy}.`;
}

function isNumber({ whole, min, max }: Extract<Shape, { kind: 'number' }>, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return (!whole || Number.isInteger(value)) && value >= (min ?? -Infinity) && value <= (max ?? Infinity);
}

function numberExpectation({ whole, min, max }: Extract<Shape, { kind: 'number' }>): string {
  const kind = whole ? 'A whole number' : 'A number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  return min === undefined ? kind : `${kind} from ${min} up`;
}

/** A value as a person would point at it; long ones are cut. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a mapping';
  const text = typeof value === 'string' ? `\`${value}\`` : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
