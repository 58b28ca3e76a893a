import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { columnOf, type ExprValue, kindOf } from './expr-value.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { parseExpression } from './parse-expression.ts';
import { scopeOf } from './scope.ts';

/** What an expression gives over one result. */
export type ExprOutcome =
  | { readonly ok: true; readonly value: ExprValue }
  | { readonly ok: false; readonly message: string };

/** Whether a condition holds of one result. */
export type ConditionOutcome =
  | { readonly ok: true; readonly holds: boolean }
  | { readonly ok: false; readonly message: string };

/** An expression that was read and can be asked any number of times. */
export interface CompiledExpr {
  readonly ok: true;
  readonly text: string;
  evaluate(result: ExprValue): ExprOutcome;
  /** Like `evaluate`, but anything that is not true or false is a fault, as in Argo. */
  holds(result: ExprValue): ConditionOutcome;
}

/** What is wrong with an expression, and where: `column` counts from 1. */
export interface ExprFault {
  readonly ok: false;
  readonly message: string;
  readonly column: number;
}

/**
 * Reads an expression over `result` in the language of Argo's conditions (expr-lang 1.17 with `asInt`, `asFloat`,
 * `isNaN`, `isInf`, `isNil` and `default`). Nothing is run as code; length, depth, steps and sizes have limits, and
 * regular expressions take linear time. Dates, bit operations, `groupBy`, `sortBy` and bytes are not there.
 *
 * A result from JSON is given as it is, a sample as a number and a vector as a list of numbers.
 */
export function compileExpr(text: string): CompiledExpr | ExprFault {
  try {
    const expression = parseExpression(text);
    const evaluate = (result: ExprValue): ExprOutcome =>
      caught(() => ({ ok: true, value: evaluateExpression(expression, scopeOf(result)) }));
    return { ok: true, text, evaluate, holds: (result) => holding(evaluate(result)) };
  } catch (thrown) {
    const fault = faultOf(thrown);
    return { ok: false, message: fault.message, column: columnOf(fault) };
  }
}

function holding(outcome: ExprOutcome): ConditionOutcome {
  if (!outcome.ok) return outcome;
  const { value } = outcome;
  if (typeof value === 'boolean') return { ok: true, holds: value };
  return { ok: false, message: `a condition must be true or false, and this one gives ${kindOf(value)}` };
}

function caught(evaluate: () => ExprOutcome): ExprOutcome {
  try {
    return evaluate();
  } catch (thrown) {
    return { ok: false, message: faultOf(thrown).message };
  }
}

/** Faults of expressions are SluiceErrors; anything else is a bug and goes on. */
function faultOf(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  throw thrown;
}
