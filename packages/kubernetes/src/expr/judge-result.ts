import type { CompiledExpr } from './compile-expr.ts';
import { type ExprValue, isList } from './expr-value.ts';

/** What Argo calls a measurement, and why. */
export interface ResultJudgement {
  readonly outcome: 'success' | 'failure' | 'inconclusive' | 'error';
  readonly message: string;
}

/**
 * Judges a result by a success and a failure condition as Argo does (`EvaluateResult`): the failure condition wins; one
 * that is left out is the opposite of the other; neither true is inconclusive; without any, every result is good; a
 * condition that cannot be evaluated is an error, which says so when there was nothing to evaluate.
 */
export function judgeResult(
  result: ExprValue,
  conditions: { readonly success: CompiledExpr | null; readonly failure: CompiledExpr | null },
): ResultJudgement {
  const success = asked(result, conditions.success);
  if (success.kind === 'error') return { outcome: 'error', message: success.message };
  const failure = asked(result, conditions.failure);
  if (failure.kind === 'error') return { outcome: 'error', message: failure.message };
  const good = success.kind === 'absent' ? failure.kind !== 'true' : success.kind === 'true';
  const bad = failure.kind === 'absent' ? !good : failure.kind === 'true';
  if (bad) return { outcome: 'failure', message: told(conditions, failure.kind === 'true') };
  if (good) return { outcome: 'success', message: '' };
  return { outcome: 'inconclusive', message: 'neither the success nor the failure condition is true' };
}

type Answer =
  | { readonly kind: 'true' | 'false' | 'absent' }
  | { readonly kind: 'error'; readonly message: string };

function asked(result: ExprValue, condition: CompiledExpr | null): Answer {
  if (condition === null) return { kind: 'absent' };
  const outcome = condition.holds(result);
  if (outcome.ok) return { kind: outcome.holds ? 'true' : 'false' };
  const nothing = result === null || (isList(result) && result.length === 0);
  const why = nothing ? 'the provider gave no data' : outcome.message;
  return { kind: 'error', message: `\`${condition.text}\` cannot be evaluated: ${why}` };
}

function told(
  { success, failure }: { readonly success: CompiledExpr | null; readonly failure: CompiledExpr | null },
  failed: boolean,
): string {
  return failed ? `\`${failure?.text}\` is true` : `\`${success?.text}\` is not true`;
}
