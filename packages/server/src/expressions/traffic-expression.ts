import { Environment, serialize } from '@marcbachmann/cel-js';
import { mean, mergeAll, quantile, type SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import { TOOLS_METRIC } from '@sluice/core/analysis/metric-words.ts';
import type { EventCount } from '@sluice/core/analysis/tick.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { refuse, ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ArmCounts } from '../metrics/metrics-provider.ts';

/**
 * What an expression sees of one side in its window; all numbers are doubles. A side without requests has no rate, and one
 * without measured latencies none of those: to read them is an error, which only an expression that asks for `requests`
 * first gets around (`stable.requests == 0.0 || ...`). As 0 they would condemn whatever is compared with them.
 */
export class Arm {
  readonly requests: number;
  readonly errors: number;
  readonly #latency: SparseHistogram;
  readonly #mirrorMismatches: number;
  readonly #cost: SparseHistogram;
  readonly #custom: (name: string) => EventCount;

  constructor(counts: readonly ArmCounts[]) {
    const sum = (part: (arm: ArmCounts) => number): number =>
      counts.reduce((total, arm) => total + part(arm), 0);
    this.requests = sum((arm) => arm.requests);
    this.errors = sum((arm) => arm.errors);
    this.#latency = mergeAll(counts.map((arm) => arm.latency));
    this.#mirrorMismatches = sum((arm) => arm.mirrorMismatches);
    this.#cost = mergeAll(counts.map((arm) => arm.cost ?? []));
    this.#custom = (name) => ({
      trials: sum((arm) => arm.custom?.[name]?.trials ?? 0),
      events: sum((arm) => arm.custom?.[name]?.events ?? 0),
    });
  }

  /** Errors per request, a fraction. */
  get errorRate(): number {
    return this.#perRequest(this.errors);
  }

  /** Latencies in milliseconds. */
  get p50(): number {
    return measured(quantile(this.#latency, 0.5));
  }

  get p90(): number {
    return measured(quantile(this.#latency, 0.9));
  }

  get p95(): number {
    return measured(quantile(this.#latency, 0.95));
  }

  get p99(): number {
    return measured(quantile(this.#latency, 0.99));
  }

  get mean(): number {
    return measured(mean(this.#latency));
  }

  /** Mirrored copies that were answered with another status than the served request, per copy. */
  get mismatchRate(): number {
    return this.#perRequest(this.#mirrorMismatches);
  }

  /** Attempts in which a tool failed, of those that called any; a fraction. */
  get toolErrorRate(): number {
    return rateOf(this.#custom(TOOLS_METRIC));
  }

  /** What an attempt that cost anything cost in the mean, in the component's currency. */
  get cost(): number {
    return measured(mean(this.#cost)) / 1_000;
  }

  /** For people: `3 of 100 failed, p95 20 ms`. */
  get words(): string {
    const p95 = quantile(this.#latency, 0.95);
    return `${this.errors} of ${this.requests} failed${p95 === undefined ? '' : `, p95 ${Math.round(p95)} ms`}`;
  }

  #perRequest(count: number): number {
    return measured(this.requests > 0 ? count / this.requests : undefined);
  }
}

const rateOf = ({ trials, events }: EventCount): number => measured(trials > 0 ? events / trials : undefined);

function measured(value: number | undefined): number {
  if (value !== undefined) return value;
  throw new SluiceError('not-found', 'a side without requests has no rates and no latencies', {
    next: 'stop',
  });
}

/** The variables of a traffic expression. */
export interface TrafficFacts {
  readonly candidate: Arm;
  readonly stable: Arm;
  /** Length of the window in seconds. */
  readonly seconds: number;
}

/**
 * A compiled CEL expression that answers true or false; null when the facts do not say: it divides by zero, or asks for
 * a rate or latency of a side that had no requests.
 */
export type TrafficExpression = (facts: TrafficFacts) => boolean | null;

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
  'toolErrorRate',
  'cost',
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
    return ok(answering(program));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return refuse('bad-expression', firstLine(reason), remedy);
  }
}

type Program = ReturnType<Environment['parse']>;

function answering(program: Program): TrafficExpression {
  const quotients = quotientsIn(program.ast).map((text) => environment.parse(text));
  return (facts) => {
    try {
      if (program({ ...facts }) === true) return true;
      // A comparison with 0/0 is false, whatever the direction, and says nothing against anyone.
      return quotients.some((quotient) => Number.isNaN(valueOf(quotient, facts))) ? null : false;
    } catch {
      return null;
    }
  };
}

/** What a part of an expression gives; undefined where the part is never reached because it has no value. */
function valueOf(part: Program, facts: TrafficFacts): unknown {
  try {
    return part({ ...facts });
  } catch {
    return undefined;
  }
}

/** The divisions of an expression, as they are written. */
function quotientsIn(part: unknown): readonly string[] {
  if (Array.isArray(part)) return part.flatMap(quotientsIn);
  if (typeof part !== 'object' || part === null || !('op' in part) || !('args' in part)) return [];
  const within = quotientsIn(part.args);
  return part.op === '/' ? [serialize(part as Program['ast']), ...within] : within;
}

/** The library draws the place below its message; the file's own diagnostics show it already. */
const firstLine = (message: string): string => message.split('\n')[0] ?? message;
