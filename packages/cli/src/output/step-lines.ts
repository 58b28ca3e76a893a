import type { RolloutView } from '@sluice/protocol/http/views.ts';
import type { Style } from './style.ts';
import { harmless } from './text-width.ts';

/** Steps that are shown before and after the present one. */
const BEFORE = 2;
const AFTER = 2;

/** The steps of a rollout around the present one, each with its mark; none once it is on its way back. */
export function stepLines(rollout: RolloutView, style: Style): readonly string[] {
  if (['rolling-back', 'rolled-back', 'stuck'].includes(rollout.phase)) return [];
  const { steps } = rollout.plan;
  const at = presentStep(rollout);
  const first = Math.max(0, at - BEFORE);
  const last = Math.min(steps.length, at + 1 + AFTER);
  const shown = steps
    .slice(first, last)
    .map(({ words }, index) => stepLine(rollout, first + index, harmless(words), style));
  const before = first > 0 ? [style.paint('dim', `${style.symbols.done} ${first} earlier`)] : [];
  const left = steps.length - last;
  const after = left > 0 ? [style.paint('dim', `${style.symbols.todo} ${left} more`)] : [];
  return [...before, ...shown, ...after];
}

/** Index of the present step; the number of steps when all are done. */
function presentStep({ step, phase, plan }: RolloutView): number {
  if (step !== null) return step;
  return phase === 'queued' || phase === 'planned' ? 0 : plan.steps.length;
}

function stepLine(rollout: RolloutView, index: number, words: string, style: Style): string {
  const { symbols, paint } = style;
  const at = presentStep(rollout);
  if (index < at) return paint('dim', `${symbols.done} ${words}`);
  if (index > at || rollout.step === null) return `${symbols.todo} ${words}`;
  return rollout.phase === 'held'
    ? paint('warn', `${symbols.held} ${words}`)
    : paint('strong', `${symbols.present} ${words}`);
}
