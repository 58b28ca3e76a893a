import { type LinearPattern, linearPattern } from './linear-pattern.ts';
import { exprFault, type ExprValue } from './expr-value.ts';

/** Steps of one evaluation: some tens of milliseconds, and ten times what a condition over a large answer takes. */
const MAX_STEPS = 200_000;

/** What an expression sees. */
export interface Scope {
  readonly names: Readonly<Record<string, ExprValue>>;
  /** What `#`, `#acc` and `#index` are in a predicate. */
  readonly pointers: Readonly<Partial<Record<'item' | 'acc' | 'index', ExprValue>>>;
  /** Throws a fault when the evaluation has used up its steps. */
  spend(steps: number): void;
  /** A regular expression, read once per evaluation. */
  pattern(source: string): LinearPattern;
}

/** The scope of a condition over a result. */
export function scopeOf(result: ExprValue): Scope {
  let left = MAX_STEPS;
  const patterns = new Map<string, LinearPattern>();
  const spend = (steps: number): void => {
    left -= steps;
    if (left < 0) throw exprFault(`the expression takes more than ${MAX_STEPS} steps`);
  };
  return {
    names: { result },
    pointers: {},
    spend,
    pattern: (source) => {
      const known = patterns.get(source) ?? linearPattern(source);
      if (!patterns.has(source)) spend(known.size);
      patterns.set(source, known);
      return known;
    },
  };
}
