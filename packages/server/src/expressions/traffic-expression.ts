import { Environment } from '@marcbachmann/cel-js';
import { mean, merge, quantile, type SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import { refuse, ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ArmCounts } from '../metrics/metrics-provider.ts';

/** What an expression sees of one side in its window; all numbers are doubles. */
export class Arm {
  readonly requests: number;
  readonly errors: number;
  /** Errors per request, a fraction. */
  readonly errorRate: number;
  /** Latencies in milliseconds; 0 when nothing was measured. */
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  /** Mirrored copies that were answered with another status than the served request, per copy. */
  readonly mismatchRate: number;

  constructor(counts: readonly ArmCounts[]) {
    const sum = (part: (arm: ArmCounts) => number): number =>
      counts.reduce((total, arm) => total + part(arm), 0);
    const latency = counts.reduce((all, arm) => merge(all, arm.latency), [] as SparseHistogram);
    this.requests = sum((arm) => arm.requests);
    this.errors = sum((arm) => arm.errors);
    this.errorRate = this.requests > 0 ? this.errors / this.requests : 0;
    this.p50 = quantile(latency, 0.5) ?? 0;
    this.p90 = quantile(latency, 0.9) ?? 0;
    this.p95 = quantile(latency, 0.95) ?? 0;
    this.p99 = quantile(latency, 0.99) ?? 0;
    this.mean = mean(latency) ?? 0;
    this.mismatchRate = this.requests > 0 ? sum((arm) => arm.mirrorMismatches) / this.requests : 0;
  }
}

/** The variables of a traffic expression. */
export interface TrafficFacts {
  readonly candidate: Arm;
  readonly stable: Arm;
  /** Length of the window in seconds. */
  readonly seconds: number;
}

/** A compiled CEL expression that answers true or false. */
export type TrafficExpression = (facts: TrafficFacts) => boolean;

const FIELDS = [
  'requests',
  'errors',
  'errorRate',
  'p50',
  'p90',
  'p95',
  'p99',
  'mean',
  'mismatchRate',
] as const;
/** Larger expressions are programs, and belong into a check. */
const LIMITS = { maxAstNodes: 500, maxDepth: 40, maxListElements: 50 };

const environment = mixedArithmetic(
  new Environment({ limits: LIMITS })
    .registerType('Arm', { fields: Object.fromEntries(FIELDS.map((field) => [field, 'double'])), ctor: Arm })
    .registerVariable('candidate', 'Arm')
    .registerVariable('stable', 'Arm')
    .registerVariable('seconds', 'double'),
);

/** People write `2 * stable.errorRate`; in CEL 2 is an int, and ints and doubles do not mix by themselves. */
function mixedArithmetic(base: Environment): Environment {
  const operators: readonly (readonly [string, (a: number, b: number) => number])[] = [
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
    ['*', (a, b) => a * b],
    ['/', (a, b) => a / b],
  ];
  return operators.reduce(
    (all, [sign, apply]) =>
      all
        .registerOperator(`double ${sign} int`, (a: number, b: bigint) => apply(a, Number(b)))
        .registerOperator(`int ${sign} double`, (a: bigint, b: number) => apply(Number(a), b)),
    base,
  );
}

/**
 * Compiles an expression such as `candidate.errorRate < 2 * stable.errorRate`. Refused are unknown names, wrong
 * types, results that are not true or false, and regular expressions, which could run for ever.
 */
export function compileTrafficExpression(text: string): Result<TrafficExpression> {
  const remedy = `Use candidate and stable with ${FIELDS.join(', ')}, and seconds; the result must be true or false.`;
  if (/\bmatches\b/.test(text))
    return refuse(
      'bad-expression',
      `the expression \`${text}\` uses matches, which is not available`,
      remedy,
    );
  try {
    const program = environment.parse(text);
    const check = program.check();
    if (!check.valid)
      return refuse('bad-expression', firstLine(check.error?.message ?? 'its types do not fit'), remedy);
    if (check.type !== 'bool')
      return refuse('bad-expression', `it gives ${check.type}, not true or false`, remedy);
    return ok((facts) => program({ ...facts }) === true);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return refuse('bad-expression', firstLine(reason), remedy);
  }
}

/** The library draws the place below its message; the file's own diagnostics show it already. */
const firstLine = (message: string): string => message.split('\n')[0] ?? message;
