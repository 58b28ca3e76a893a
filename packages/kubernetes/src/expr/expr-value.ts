import type { JsonValue } from '@sluice/core/kernel/json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/**
 * What an expression works on. A `number` is Go's float64 and a `bigint` its 64-bit integer: the two divide, print and
 * overflow differently, so that they are kept apart as the language does.
 */
export type ExprValue = null | boolean | number | bigint | string | readonly ExprValue[] | ExprMap;

/** A map with texts as keys; a key that is not there is nil. */
export interface ExprMap {
  readonly [key: string]: ExprValue;
}

/** What a value is, in the words of a message. */
export type ExprKind = 'nil' | 'bool' | 'number' | 'string' | 'list' | 'map';

/** The kind of a value; integers and floats are both numbers. */
export function kindOf(value: ExprValue): ExprKind {
  if (value === null) return 'nil';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'string') return 'string';
  return isList(value) ? 'list' : 'map';
}

/** Whether a value is a list. */
export const isList = (value: ExprValue): value is readonly ExprValue[] => Array.isArray(value);

/** Whether a value is a map. */
export const isMap = (value: ExprValue): value is ExprMap => kindOf(value) === 'map';

/** Whether a value is an integer or a float. */
export const isNumber = (value: ExprValue): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** JSON as an expression sees it: every number is a float64, as Go reads JSON. */
export function exprValueOf(json: JsonValue | undefined): ExprValue {
  return (json ?? null) as ExprValue;
}

/** An expression that cannot be read or evaluated; `column` counts from 1 and is 0 where there is none. */
export const exprFault = (message: string, column = 0): SluiceError =>
  new SluiceError('invalid-input', message, { next: 'stop', cause: { column } });

/** The column of a fault of an expression, from 1; 0 when it has none. */
export function columnOf(fault: SluiceError): number {
  const { cause } = fault;
  return typeof cause === 'object' && cause !== null && 'column' in cause ? Number(cause.column) : 0;
}

/** Cuts to what a signed 64-bit integer holds, as Go does without a word. */
export const int64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/** A number as Go prints it with `%v`. */
export function formatNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return String(value);
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  // The shortest digits, with an exponent of at least two digits below 1e-4 and from 1e21 on.
  if (size !== 0 && (size < 1e-4 || size >= 1e21))
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(value);
}

/** A value in a message: a text as it is written, of everything else the kind. */
export const shown = (value: ExprValue): string =>
  typeof value === 'string' ? `string ${JSON.stringify(value.slice(0, 100))}` : kindOf(value);
