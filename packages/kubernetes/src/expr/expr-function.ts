import type { ExprValue } from './expr-value.ts';
import type { Scope } from './scope.ts';

/** A function: how many arguments it takes, and what it gives. */
export interface ExprFunction {
  /** Fewest and most arguments. */
  readonly takes: readonly [number, number];
  readonly gives: (args: readonly ExprValue[], scope: Scope) => ExprValue;
}
