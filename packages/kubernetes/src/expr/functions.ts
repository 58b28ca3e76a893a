import { exprFault, type ExprValue } from './expr-value.ts';
import type { ExprFunction } from './expr-function.ts';
import { ARGO_FUNCTIONS } from './argo-functions.ts';
import { LIST_FUNCTIONS } from './list-functions.ts';
import { NUMBER_FUNCTIONS } from './number-functions.ts';
import type { Scope } from './scope.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';

const FUNCTIONS = new Map<string, ExprFunction>(
  [ARGO_FUNCTIONS, NUMBER_FUNCTIONS, LIST_FUNCTIONS, TEXT_FUNCTIONS].flatMap((group) =>
    Object.entries(group),
  ),
);

/** Calls a function by its name. Throws a fault for a wrong number or kind of arguments. */
export function callFunction(name: string, args: readonly ExprValue[], scope: Scope): ExprValue {
  const known = FUNCTIONS.get(name);
  if (!known) throw exprFault(`unknown function ${name}`);
  const [fewest, most] = known.takes;
  if (args.length < fewest || args.length > most)
    throw exprFault(
      `${name} takes ${fewest === most ? fewest : `${fewest} to ${most}`} arguments, not ${args.length}`,
    );
  scope.spend(args.reduce<number>((sum, arg) => sum + lengthOf(arg), 0));
  return known.gives(args, scope);
}

const lengthOf = (value: ExprValue): number => {
  if (typeof value === 'string') return value.length / 100;
  return Array.isArray(value) ? value.length : 1;
};
