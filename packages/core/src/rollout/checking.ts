import { emit, type Draft } from './draft.ts';
import type { CheckRound, Rollout } from './state.ts';

/** How a round of checks stands. */
export interface CheckOutcome {
  readonly kind: 'passed' | 'failed' | 'running';
  readonly note: string;
}

/** Orders the named checks once per place in the plan and reports how they stand. */
export function runCheckRound(
  draft: Draft,
  rollout: Rollout,
  names: readonly string[],
  place: string,
): CheckOutcome {
  if (names.length === 0) return { kind: 'passed', note: 'no checks' };
  const key = `${rollout.id}:${place}`;
  const round = rollout.checks?.key === key ? rollout.checks : orderRound(draft, rollout, key, names);
  const missing = names.filter((name) => !round.results[name]);
  const failed = names.find((name) => round.results[name]?.passed === false);
  if (failed !== undefined)
    return { kind: 'failed', note: `check ${failed} failed: ${round.results[failed]?.message ?? ''}` };
  if (missing.length === 0) return { kind: 'passed', note: `checks passed: ${names.join(', ')}` };
  const isOrdered = draft.effects.some((effect) => effect.kind === 'runChecks' && effect.key === key);
  if (!isOrdered) draft.effects.push({ kind: 'runChecks', key, revision: rollout.candidate, names: missing });
  return { kind: 'running', note: `checks: ${missing.join(', ')}` };
}

function orderRound(draft: Draft, rollout: Rollout, key: string, names: readonly string[]): CheckRound {
  const at = draft.observation.now;
  emit(draft, { kind: 'checksOrdered', at, key, revision: rollout.candidate, names });
  return { key, revision: rollout.candidate, orderedAt: at, names, results: {} };
}
