import type { Expression } from './expression.ts';
import { type ExprKind, isList, isNumber, kindOf } from './expr-value.ts';
import type { Scope } from './scope.ts';

const CALLS: Readonly<Record<string, ExprKind>> = {
  asInt: 'number',
  asFloat: 'number',
  int: 'number',
  float: 'number',
  len: 'number',
  count: 'number',
  string: 'string',
  upper: 'string',
  lower: 'string',
  trim: 'string',
  type: 'string',
  isNaN: 'bool',
  isInf: 'bool',
  isNil: 'bool',
  all: 'bool',
  any: 'bool',
  none: 'bool',
  one: 'bool',
};

/**
 * The kind that the compiler of expr-lang knows of an expression before it runs; undefined where it knows none. It knows
 * the result's own, and that the samples of a vector are numbers; it knows nothing of what stands inside JSON.
 */
export function staticKind(expression: Expression, scope: Scope): ExprKind | undefined {
  switch (expression.kind) {
    case 'literal':
      return kindOf(expression.value);
    case 'name':
      return expression.name === 'result' ? kindOf(scope.names['result'] ?? null) : undefined;
    case 'unary':
      return expression.operator === '!' ? 'bool' : staticKind(expression.operand, scope);
    case 'binary':
      return binaryKind(expression, scope);
    case 'member':
      return isVector(expression.of, scope) ? 'number' : undefined;
    case 'call':
    case 'each':
      return CALLS[expression.name];
    case 'list':
      return 'list';
    case 'map':
      return 'map';
    default:
      return undefined;
  }
}

function binaryKind(
  { operator, left, right }: Extract<Expression, { kind: 'binary' }>,
  scope: Scope,
): ExprKind | undefined {
  if (operator === '/' || operator === '**' || operator === '%') return 'number';
  if (operator === '??' || operator === '..') return undefined;
  if (operator !== '+' && operator !== '-' && operator !== '*') return 'bool';
  const kind = staticKind(left, scope);
  return kind === staticKind(right, scope) ? kind : undefined;
}

function isVector(of: Expression, scope: Scope): boolean {
  if (of.kind !== 'name' || of.name !== 'result') return false;
  const result = scope.names['result'] ?? null;
  return isList(result) && result.length > 0 && result.every(isNumber);
}
