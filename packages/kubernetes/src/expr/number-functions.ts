import { floatOf, integerOf } from './argo-functions.ts';
import type { ExprFunction } from './expr-function.ts';
import {
  exprFault,
  type ExprValue,
  formatNumber,
  int64,
  isList,
  isNumber,
  kindOf,
  shown,
} from './expr-value.ts';

/** Functions of expr-lang about numbers. */
export const NUMBER_FUNCTIONS: Readonly<Record<string, ExprFunction>> = {
  abs: { takes: [1, 1], gives: ([value]) => absolute(number('abs', value)) },
  ceil: { takes: [1, 1], gives: ([value]) => Math.ceil(Number(number('ceil', value))) },
  floor: { takes: [1, 1], gives: ([value]) => Math.floor(Number(number('floor', value))) },
  // Go rounds halves away from zero.
  round: {
    takes: [1, 1],
    gives: ([value]) => {
      const exact = Number(number('round', value));
      return Math.sign(exact) * Math.round(Math.abs(exact));
    },
  },
  int: { takes: [1, 1], gives: ([value]) => integer(value ?? null) },
  float: { takes: [1, 1], gives: ([value]) => float(value ?? null) },
  string: { takes: [1, 1], gives: ([value]) => text(value ?? null) },
  type: { takes: [1, 1], gives: ([value]) => typeName(value ?? null) },
  min: { takes: [1, 1000], gives: (args) => extreme('min', args, (one, other) => one < other) },
  max: { takes: [1, 1000], gives: (args) => extreme('max', args, (one, other) => one > other) },
  mean: { takes: [1, 1000], gives: (args) => mean(numbers('mean', args).map(Number)) },
  median: { takes: [1, 1000], gives: (args) => median(numbers('median', args).map(Number)) },
};

function number(name: string, value: ExprValue | undefined): number | bigint {
  if (value === undefined || !isNumber(value))
    throw exprFault(`${name} needs a number, not ${kindOf(value ?? null)}`);
  return value;
}

const absolute = (value: number | bigint): number | bigint =>
  typeof value === 'bigint' ? int64(value < 0n ? -value : value) : Math.abs(value);

function integer(value: ExprValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return integerOf(value);
  if (typeof value === 'string' && /^[+-]?\d{1,18}$/.test(value)) return BigInt(value.replace('+', ''));
  throw exprFault(`int() cannot read ${shown(value)}`);
}

function float(value: ExprValue): number {
  if (isNumber(value)) return Number(value);
  const read = typeof value === 'string' ? floatOf(value) : undefined;
  if (read === undefined) throw exprFault(`float() cannot read ${shown(value)}`);
  return read;
}

function text(value: ExprValue): string {
  if (typeof value === 'string') return value;
  if (isNumber(value)) return formatNumber(value);
  if (value === null) return '<nil>';
  if (typeof value === 'boolean') return String(value);
  throw exprFault(`string() does not print a ${kindOf(value)}; toJSON() does`);
}

function typeName(value: ExprValue): string {
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float';
  const kind = kindOf(value);
  return kind === 'list' ? 'array' : kind;
}

/** Numbers given one by one or in lists. */
function numbers(name: string, args: readonly ExprValue[]): readonly (number | bigint)[] {
  return args.flatMap((arg) => (isList(arg) ? arg : [arg])).map((value) => number(name, value));
}

function extreme(
  name: string,
  args: readonly ExprValue[],
  better: (one: number, other: number) => boolean,
): ExprValue {
  const all = numbers(name, args);
  if (all.length === 0) throw exprFault(`${name} of nothing`);
  return all.reduce((best, value) => (better(Number(value), Number(best)) ? value : best));
}

const mean = (all: readonly number[]): number =>
  all.length === 0 ? 0 : all.reduce((sum, value) => sum + value, 0) / all.length;

function median(all: readonly number[]): number {
  const sorted = all.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : mean(sorted.slice(middle - 1, middle + 1));
}
