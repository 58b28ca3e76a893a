import type { ExprFunction } from './expr-function.ts';
import { exprFault, type ExprValue, int64, isNumber, kindOf, shown } from './expr-value.ts';

/** The functions that Argo Rollouts adds to the language (utils/evaluate of argo-rollouts). */
export const ARGO_FUNCTIONS: Readonly<Record<string, ExprFunction>> = {
  asInt: { takes: [1, 1], gives: ([value]) => asInt(value ?? null) },
  asFloat: { takes: [1, 1], gives: ([value]) => asFloat(value ?? null) },
  isNaN: { takes: [1, 1], gives: ([value]) => Number.isNaN(float('isNaN', value ?? null)) },
  isInf: {
    takes: [1, 1],
    gives: ([value]) => Math.abs(float('isInf', value ?? null)) === Number.POSITIVE_INFINITY,
  },
  // Both look at the result, whatever they are given: so does Argo.
  isNil: { takes: [1, 1], gives: (_, { names }) => (names['result'] ?? null) === null },
  default: { takes: [2, 2], gives: ([, otherwise], { names }) => names['result'] ?? otherwise ?? null },
};

function asInt(value: ExprValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return integerOf(value);
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) {
    const integer = BigInt(value.replace('+', ''));
    if (int64(integer) === integer) return integer;
  }
  throw exprFault(`asInt() cannot read ${shown(value)}`);
}

/** Cuts towards zero; what no integer of 64 bits holds becomes the smallest, as amd64 has it. */
export function integerOf(value: number): bigint {
  const cut = Math.trunc(value);
  return Math.abs(cut) < 2 ** 63 ? BigInt(cut) : -(2n ** 63n);
}

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function asFloat(value: ExprValue): number {
  if (isNumber(value)) return Number(value);
  const float = typeof value === 'string' ? floatOf(value) : undefined;
  if (float === undefined) throw exprFault(`asFloat() cannot read ${shown(value)}`);
  return float;
}

/** Reads a text as Go's ParseFloat does: also `NaN` and `+Inf`; undefined when it is no number. */
export function floatOf(text: string): number | undefined {
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return FLOAT.test(text) ? Number(text) : undefined;
}

function float(name: string, value: ExprValue): number {
  if (!isNumber(value)) throw exprFault(`${name} needs a number, not ${kindOf(value)}`);
  return Number(value);
}
