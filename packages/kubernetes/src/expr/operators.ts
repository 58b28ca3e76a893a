import type { BinaryOperator } from './expression.ts';
import { exprFault, type ExprValue, int64, isList, isMap, isNumber, kindOf } from './expr-value.ts';
import { within } from './size-limits.ts';

/** An operator whose two sides are always evaluated, and that needs nothing but them. */
export type StrictOperator = Exclude<BinaryOperator, '&&' | '||' | '??' | 'matches'>;

/** Applies an operator to two values as expr-lang does. Throws a fault where the kinds do not go together. */
export function applyOperator(operator: StrictOperator, left: ExprValue, right: ExprValue): ExprValue {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '<':
    case '>':
    case '<=':
    case '>=':
      return compared(operator, left, right);
    case 'in':
      return contained(left, right);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return aboutTexts(operator, left, right);
    case '..':
      return rangeOf(left, right);
    default:
      return arithmetic(operator, left, right);
  }
}

/** Whether two values are the same; 1 and 1.0 are, NaN and NaN are not, and kinds that differ never. */
export function equal(left: ExprValue, right: ExprValue): boolean {
  // Loose on purpose: an integer and a float are equal when their values are.
  if (isNumber(left) && isNumber(right)) return Number(left) === Number(right);
  if (isList(left) && isList(right))
    return left.length === right.length && left.every((item, index) => equal(item, right[index] ?? null));
  if (isMap(left) && isMap(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equal(left[key] ?? null, right[key] ?? null))
    );
  }
  return left === right;
}

/** A fault that names both kinds, as the compiler of expr-lang does. */
export const mismatch = (operator: string, left: ExprValue, right: ExprValue): Error =>
  exprFault(`${operator} does not work on ${kindOf(left)} and ${kindOf(right)}`);

function compared(operator: '<' | '>' | '<=' | '>=', left: ExprValue, right: ExprValue): boolean {
  const numbers = isNumber(left) && isNumber(right);
  if (!numbers && !(typeof left === 'string' && typeof right === 'string'))
    throw mismatch(operator, left, right);
  const [one, other] = numbers ? [Number(left), Number(right)] : [left, right];
  if (operator === '<') return one < other;
  if (operator === '>') return one > other;
  return operator === '<=' ? one <= other : one >= other;
}

function contained(needle: ExprValue, hay: ExprValue): boolean {
  if (hay === null) return false;
  if (isList(hay)) return hay.some((item) => equal(item, needle));
  if (isMap(hay)) return typeof needle === 'string' && Object.hasOwn(hay, needle);
  throw exprFault(`in does not work on ${kindOf(hay)}`);
}

function aboutTexts(
  operator: 'contains' | 'startsWith' | 'endsWith',
  left: ExprValue,
  right: ExprValue,
): boolean {
  if (left === null || right === null) return false;
  if (typeof left !== 'string' || typeof right !== 'string') throw mismatch(operator, left, right);
  if (operator === 'contains') return left.includes(right);
  return operator === 'startsWith' ? left.startsWith(right) : left.endsWith(right);
}

function rangeOf(left: ExprValue, right: ExprValue): ExprValue {
  if (!isNumber(left) || !isNumber(right)) throw mismatch('..', left, right);
  const [from, to] = [Math.trunc(Number(left)), Math.trunc(Number(right))];
  within('list', to - from + 1);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => BigInt(from + index));
}

function arithmetic(
  operator: '+' | '-' | '*' | '/' | '%' | '**',
  left: ExprValue,
  right: ExprValue,
): ExprValue {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') {
    within('text', left.length + right.length);
    return left + right;
  }
  if (!isNumber(left) || !isNumber(right)) throw mismatch(operator, left, right);
  if (typeof left === 'bigint' && typeof right === 'bigint' && operator !== '/' && operator !== '**')
    return integers(operator, left, right);
  if (operator === '%') throw exprFault('% works on integers only; asInt() makes one');
  return floats(operator, Number(left), Number(right));
}

function integers(operator: '+' | '-' | '*' | '%', left: bigint, right: bigint): bigint {
  if (operator === '%' && right === 0n) throw exprFault('integer divide by zero');
  if (operator === '+') return int64(left + right);
  if (operator === '-') return int64(left - right);
  return operator === '*' ? int64(left * right) : left % right;
}

/** One to any power is one in Go, where the language of this file has NaN for the infinite ones. */
function power(left: number, right: number): number {
  if (left === 1 || (left === -1 && Math.abs(right) === Number.POSITIVE_INFINITY)) return 1;
  return left ** right;
}

/** `/` and `**` always give floats, whatever stands on their sides. */
function floats(operator: '+' | '-' | '*' | '/' | '**', left: number, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  return operator === '/' ? left / right : power(left, right);
}
