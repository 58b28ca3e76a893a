import { Environment } from '@marcbachmann/cel-js';
import { ok, refuse } from '@sluice/core/kernel/result.ts';
import type { CompileCondition } from '../measurements/measurement-ports.ts';

/** Larger conditions are programs. */
const LIMITS = { maxAstNodes: 500, maxDepth: 40, maxListElements: 100 };
const REMEDY =
  'Use result, with true or false as the outcome, such as `result < 0.01` or `result[0] >= 0.95`.';

/** People write `result * 100 > 5`; in CEL 100 is an int, and ints and doubles do not mix by themselves. */
const OPERATORS: readonly (readonly [string, (a: number, b: number) => number])[] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
];

const environment = OPERATORS.reduce(
  (all, [sign, apply]) =>
    all
      .registerOperator(`double ${sign} int`, (a: number, b: bigint) => apply(a, Number(b)))
      .registerOperator(`int ${sign} double`, (a: bigint, b: number) => apply(Number(a), b)),
  new Environment({ limits: LIMITS })
    .registerVariable('result', 'dyn')
    .registerFunction('isNaN(double): bool', (value: number) => Number.isNaN(value)),
);

/**
 * Compiles a CEL condition over `result`, whose numbers are doubles. Refused are unknown names, results that cannot be true
 * or false, and regular expressions, which could run for ever.
 */
export const compileCel: CompileCondition = (text) => {
  if (/\bmatches\b/.test(text))
    return refuse('bad-expression', `the condition \`${text}\` uses matches, which is not available`, REMEDY);
  try {
    const program = environment.parse(text);
    const check = program.check();
    if (!check.valid)
      return refuse('bad-expression', firstLine(check.error?.message ?? 'its types do not fit'), REMEDY);
    if (check.type !== 'bool' && check.type !== 'dyn')
      return refuse('bad-expression', `the condition \`${text}\` gives ${check.type}`, REMEDY);
    return ok((variables) => program({ ...variables }));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return refuse('bad-expression', firstLine(reason), REMEDY);
  }
};

/** The library draws the place below its message. */
const firstLine = (message: string): string => message.split('\n')[0] ?? message;
