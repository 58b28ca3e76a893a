import type { Expression } from './expression.ts';
import { exprFault, type ExprValue, isList, isNumber, kindOf } from './expr-value.ts';
import { applyOperator } from './operators.ts';
import type { Scope } from './scope.ts';

type Each = Extract<Expression, { kind: 'each' }>;
type Evaluate = (expression: Expression, scope: Scope) => ExprValue;

/** Functions that ask a predicate of every item of a list. */
export function evaluateEach(expression: Each, scope: Scope, evaluate: Evaluate): ExprValue {
  const list = evaluate(expression.list, scope);
  if (!isList(list))
    throw exprFault(`${expression.name} needs a list, not ${kindOf(list)}`, expression.column);
  if (expression.name === 'reduce') return reduced(expression, list, scope, evaluate);
  const valueOf = (item: ExprValue, index: number): ExprValue =>
    expression.predicate === null ? item : evaluate(expression.predicate, inside(scope, item, index));
  const holds = (item: ExprValue, index: number): boolean => {
    const value = valueOf(item, index);
    if (typeof value === 'boolean') return value;
    throw exprFault(
      `the predicate of ${expression.name} gives ${kindOf(value)}, not a bool`,
      expression.column,
    );
  };
  switch (expression.name) {
    case 'map':
      return list.map(valueOf);
    case 'sum':
      return list.map(valueOf).reduce(add, 0n);
    case 'filter':
      return list.filter(holds);
    case 'all':
      return list.every(holds);
    case 'any':
      return list.some(holds);
    case 'none':
      return !list.some(holds);
    case 'find':
      return list.find(holds) ?? null;
    case 'findLast':
      return list.findLast(holds) ?? null;
    case 'findIndex':
      return foundAt(list.findIndex(holds));
    case 'findLastIndex':
      return foundAt(list.findLastIndex(holds));
    default: {
      const count = list.filter(holds).length;
      return expression.name === 'one' ? count === 1 : BigInt(count);
    }
  }
}

const inside = (scope: Scope, item: ExprValue, index: number): Scope => ({
  ...scope,
  pointers: { ...scope.pointers, item, index: BigInt(index) },
});

const foundAt = (index: number): ExprValue => (index < 0 ? null : BigInt(index));

function add(sum: ExprValue, item: ExprValue): ExprValue {
  if (!isNumber(item)) throw exprFault(`sum adds numbers, not ${kindOf(item)}`);
  return applyOperator('+', sum, item);
}

/** Without an initial value the first item is it. */
function reduced(
  { predicate, initial, column }: Each,
  list: readonly ExprValue[],
  scope: Scope,
  evaluate: Evaluate,
): ExprValue {
  if (predicate === null) throw exprFault('reduce needs an expression', column);
  const start = initial === null ? list[0] : evaluate(initial, scope);
  if (start === undefined) throw exprFault('reduce of an empty list without an initial value', column);
  let acc = start;
  for (let index = initial === null ? 1 : 0; index < list.length; index++) {
    const around = inside(scope, list[index] ?? null, index);
    acc = evaluate(predicate, { ...around, pointers: { ...around.pointers, acc } });
  }
  return acc;
}
