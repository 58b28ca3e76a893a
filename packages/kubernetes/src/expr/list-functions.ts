import type { ExprFunction } from './expr-function.ts';
import { exprFault, type ExprValue, isList, isMap, isNumber, kindOf } from './expr-value.ts';
import { equal } from './operators.ts';
import { within } from './size-limits.ts';

/** Functions of expr-lang about lists and maps. */
export const LIST_FUNCTIONS: Readonly<Record<string, ExprFunction>> = {
  len: { takes: [1, 1], gives: ([value]) => lengthOf(value ?? null) },
  first: { takes: [1, 1], gives: ([value]) => list('first', value).at(0) ?? null },
  last: { takes: [1, 1], gives: ([value]) => list('last', value).at(-1) ?? null },
  take: { takes: [2, 2], gives: ([value, count]) => list('take', value).slice(0, countOf(count)) },
  reverse: { takes: [1, 1], gives: ([value]) => list('reverse', value).toReversed() },
  uniq: { takes: [1, 1], gives: ([value], { spend }) => unique(list('uniq', value), spend) },
  concat: {
    takes: [1, 100],
    gives: (args) => limited(args.flatMap((arg) => list('concat', arg))),
  },
  flatten: { takes: [1, 1], gives: ([value]) => limited(flattened(list('flatten', value))) },
  sort: { takes: [1, 1], gives: ([value]) => sorted(list('sort', value)) },
  keys: { takes: [1, 1], gives: ([value]) => Object.keys(map('keys', value)) },
  values: { takes: [1, 1], gives: ([value]) => Object.values(map('values', value)) },
  get: { takes: [2, 2], gives: ([of, key]) => got(of ?? null, key ?? null) },
};

function lengthOf(value: ExprValue): bigint {
  if (isList(value)) return BigInt(value.length);
  // Go counts the bytes of a text.
  if (typeof value === 'string') return BigInt(bytesOf(value));
  if (isMap(value)) return BigInt(Object.keys(value).length);
  throw exprFault(`len needs a list, a map or a text, not ${kindOf(value)}`);
}

/** The bytes of a text in UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += 1 + Number(code >= 0x80) + Number(code >= 0x8_00) + Number(code >= 0x1_00_00);
  }
  return bytes;
}

function list(name: string, value: ExprValue | undefined): readonly ExprValue[] {
  if (value === undefined || !isList(value))
    throw exprFault(`${name} needs a list, not ${kindOf(value ?? null)}`);
  return value;
}

function map(name: string, value: ExprValue | undefined): Readonly<Record<string, ExprValue>> {
  if (value === undefined || !isMap(value))
    throw exprFault(`${name} needs a map, not ${kindOf(value ?? null)}`);
  return value;
}

function countOf(value: ExprValue | undefined): number {
  if (value === undefined || !isNumber(value) || Number(value) < 0)
    throw exprFault('take needs a number from 0 up');
  return Math.trunc(Number(value));
}

function limited(items: readonly ExprValue[]): readonly ExprValue[] {
  within('list', items.length);
  return items;
}

const flattened = (items: readonly ExprValue[]): readonly ExprValue[] =>
  items.flatMap((item) => (isList(item) ? flattened(item) : [item]));

function unique(items: readonly ExprValue[], spend: (steps: number) => void): readonly ExprValue[] {
  const kept: ExprValue[] = [];
  for (const item of items) {
    spend(kept.length);
    if (!kept.some((one) => equal(one, item))) kept.push(item);
  }
  return kept;
}

function sorted(items: readonly ExprValue[]): readonly ExprValue[] {
  if (items.every(isNumber)) return items.toSorted((one, other) => Number(one) - Number(other));
  if (items.every((item) => typeof item === 'string')) return items.toSorted();
  throw exprFault('sort needs numbers or texts');
}

/** Nil where nothing is found, instead of a fault. */
function got(of: ExprValue, key: ExprValue): ExprValue {
  if (isList(of) && isNumber(key)) return of.at(Math.trunc(Number(key))) ?? null;
  if (isMap(of) && typeof key === 'string' && Object.hasOwn(of, key)) return of[key] ?? null;
  return null;
}
