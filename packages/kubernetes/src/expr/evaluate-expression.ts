import { never } from '@sluice/core/kernel/assert.ts';
import type { Expression } from './expression.ts';
import {
  exprFault,
  type ExprMap,
  type ExprValue,
  int64,
  isList,
  isMap,
  isNumber,
  kindOf,
} from './expr-value.ts';
import { evaluateEach } from './each-functions.ts';
import { callFunction } from './functions.ts';
import { applyOperator, mismatch } from './operators.ts';
import type { Scope } from './scope.ts';
import { staticKind } from './static-kind.ts';
import { within } from './size-limits.ts';

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

/** What an optional chain gives once something in it was nil. */
const SKIPPED = Symbol('skipped');

/** The value of an expression. Throws a fault where the language would stop, and when it takes too many steps. */
export function evaluateExpression(expression: Expression, scope: Scope): ExprValue {
  scope.spend(1);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'name':
      return scope.names[expression.name] ?? null;
    case 'pointer':
      return scope.pointers[expression.name] ?? null;
    case 'unary':
      return unary(expression, scope);
    case 'binary':
      return binary(expression, scope);
    case 'member': {
      const value = chained(expression, scope);
      return value === SKIPPED ? null : value;
    }
    case 'slice':
      return sliced(expression, scope);
    case 'conditional':
      return evaluateExpression(
        truth(expression.condition, scope, '?') ? expression.whenTrue : expression.whenFalse,
        scope,
      );
    case 'list':
      return expression.items.map((item) => evaluateExpression(item, scope));
    case 'map':
      return mapOf(expression, scope);
    case 'call':
      return callFunction(
        expression.name,
        expression.args.map((arg) => evaluateExpression(arg, scope)),
        scope,
      );
    case 'each':
      return evaluateEach(expression, scope, evaluateExpression);
    case 'let': {
      const value = evaluateExpression(expression.value, scope);
      return evaluateExpression(expression.body, {
        ...scope,
        names: { ...scope.names, [expression.name]: value },
      });
    }
    default:
      return never(expression, 'evaluateExpression');
  }
}

/** The language knows no truth but that of a bool. */
function truth(expression: Expression, scope: Scope, operator: string): boolean {
  const value = evaluateExpression(expression, scope);
  if (typeof value === 'boolean') return value;
  throw exprFault(`${operator} needs a bool, not ${kindOf(value)}`, expression.column);
}

function unary({ operator, operand }: Of<'unary'>, scope: Scope): ExprValue {
  if (operator === '!') return !truth(operand, scope, 'not');
  const value = evaluateExpression(operand, scope);
  if (!isNumber(value)) throw exprFault(`${operator} needs a number, not ${kindOf(value)}`, operand.column);
  if (operator === '+') return value;
  return typeof value === 'bigint' ? int64(-value) : -value;
}

function binary(expression: Of<'binary'>, scope: Scope): ExprValue {
  const { operator, left, right } = expression;
  if (operator === '&&') return truth(left, scope, '&&') && truth(right, scope, '&&');
  if (operator === '||') return truth(left, scope, '||') || truth(right, scope, '||');
  if (operator === '??') return coalesced(left, right, scope);
  const [one, other] = [evaluateExpression(left, scope), evaluateExpression(right, scope)];
  if (operator === '==' || operator === '!=') refuseKnownMismatch(expression, one, other, scope);
  if (operator === 'in' && staticKind(right, scope) === 'nil') throw mismatch(operator, one, other);
  if (operator === 'matches') return matched(one, other, scope);
  scope.spend(sizeOf(one) + sizeOf(other));
  return applyOperator(operator, one, other);
}

/** Left, unless it is nil; then right. */
function coalesced(left: Expression, right: Expression, scope: Scope): ExprValue {
  return evaluateExpression(left, scope) ?? evaluateExpression(right, scope);
}

/**
 * The compiler refuses to compare kinds that it knows and that can never be equal, such as `asFloat(result) == "1"`;
 * of what comes from within a JSON result it knows nothing, and the two are just not equal.
 */
function refuseKnownMismatch(
  { operator, left, right }: Of<'binary'>,
  one: ExprValue,
  other: ExprValue,
  scope: Scope,
): void {
  const [knownLeft, knownRight] = [staticKind(left, scope), staticKind(right, scope)];
  if (knownLeft === undefined || knownRight === undefined || knownLeft === knownRight) return;
  if (knownLeft !== 'nil' && knownRight !== 'nil') throw mismatch(operator, one, other);
}

/** How much of a pattern's work is one step. */
const PATTERN_WORK_PER_STEP = 200;

function matched(text: ExprValue, source: ExprValue, scope: Scope): boolean {
  if (text === null || source === null) return false;
  if (typeof text !== 'string' || typeof source !== 'string') throw mismatch('matches', text, source);
  const pattern = scope.pattern(source);
  scope.spend((pattern.size * text.length) / PATTERN_WORK_PER_STEP);
  return pattern.test(text);
}

/** Long texts and lists take longer to compare. */
const sizeOf = (value: ExprValue): number =>
  typeof value === 'string' ? value.length / 100 : isList(value) ? value.length : 0;

function chained(expression: Expression, scope: Scope): ExprValue | typeof SKIPPED {
  if (expression.kind !== 'member') return evaluateExpression(expression, scope);
  const of = chained(expression.of, scope);
  if (of === SKIPPED || (of === null && expression.optional)) return SKIPPED;
  return memberOf(of, evaluateExpression(expression.property, scope), expression.column);
}

/** An item by its place, from the end when negative, or a value by its key; a key that is not there gives nil. */
function memberOf(of: ExprValue, property: ExprValue, column: number): ExprValue {
  if (isList(of)) {
    if (!isNumber(property)) throw exprFault(`a list has no ${kindOf(property)} index`, column);
    const index = Math.trunc(Number(property));
    const item = of.at(index);
    if (item !== undefined) return item;
    throw exprFault(`index out of range: ${index} (the list has ${of.length} items)`, column);
  }
  if (!isMap(of))
    throw exprFault(
      `cannot fetch ${typeof property === 'string' ? property : kindOf(property)} from ${kindOf(of)}`,
      column,
    );
  if (typeof property !== 'string') throw exprFault(`a map has no ${kindOf(property)} key`, column);
  return Object.hasOwn(of, property) ? (of[property] ?? null) : null;
}

function sliced({ of, from, to, column }: Of<'slice'>, scope: Scope): ExprValue {
  const whole = evaluateExpression(of, scope);
  if (typeof whole !== 'string' && !isList(whole)) throw exprFault(`cannot slice ${kindOf(whole)}`, column);
  const place = (end: Expression | null, otherwise: number): number => {
    const value = end === null ? otherwise : evaluateExpression(end, scope);
    if (!isNumber(value)) throw exprFault(`a slice ends at a number, not ${kindOf(value)}`, column);
    const index = Math.trunc(Number(value));
    return Math.max(0, Math.min(whole.length, index < 0 ? whole.length + index : index));
  };
  return whole.slice(place(from, 0), place(to, whole.length));
}

function mapOf({ pairs }: Of<'map'>, scope: Scope): ExprMap {
  within('list', pairs.length);
  return Object.fromEntries(
    pairs.map(([key, value]) => {
      const name = evaluateExpression(key, scope);
      if (typeof name !== 'string')
        throw exprFault(`a map has texts as keys, not ${kindOf(name)}`, key.column);
      return [name, evaluateExpression(value, scope)] as const;
    }),
  );
}
