import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { ExpressionInput } from '../language/criteria-language.ts';
import type { Loose } from '../reading/loose.ts';
import { writtenStrategies } from '../resolve/placed-strategy.ts';
import { baseOf } from '../resolve/strategy-body.ts';
import type { FileRule } from './rule.ts';

/** Says why an expression in CEL cannot be evaluated; undefined when it can. */
export type ExpressionCheck = (expression: string) => string | undefined;

/** Every expression passes the check of whoever will evaluate it. */
export const expressionsAreGood =
  (check: ExpressionCheck): FileRule =>
  (input) => {
    const shared = faultsIn(input.analysis?.expressions, ['analysis', 'expressions'], check);
    const own = writtenStrategies(input).flatMap((strategy) => {
      const { base, path } = baseOf(strategy);
      return faultsIn(base.expressions, [...path, 'expressions'], check);
    });
    return [...shared, ...own];
  };

function faultsIn(
  expressions: readonly (Loose<ExpressionInput> | undefined)[] | undefined,
  path: SourcePath,
  check: ExpressionCheck,
): readonly Fault[] {
  return (expressions ?? []).flatMap((written, index) => {
    const long = typeof written === 'object';
    const expression = long ? written.expression : written;
    const reason = expression === undefined ? undefined : check(expression);
    if (reason === undefined) return [];
    const place = [...path, index, ...(long ? ['expression'] : [])];
    return [{ path: place, at: 'value', says: `cannot be evaluated: ${reason}` }];
  });
}
