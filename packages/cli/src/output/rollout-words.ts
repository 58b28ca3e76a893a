import type { RolloutView } from '@sluice/protocol/http/views.ts';
import type { Tone } from './style.ts';
import { harmless } from './text-width.ts';
import { agoWords, spanWords } from './words.ts';

/** The colour of a rollout's phase. */
export function phaseTone({ phase }: Pick<RolloutView, 'phase'>): Tone {
  switch (phase) {
    case 'succeeded':
      return 'good';
    case 'rolling-back':
    case 'rolled-back':
    case 'stuck':
      return 'bad';
    case 'held':
      return 'warn';
    default:
      return 'accent';
  }
}

/**
 * How a rollout ended, in one sentence: `v3 was rolled back after 34 s, 2 min ago (judge): ...`.
 *
 * @param isReasonTold leaves the words of the reason out
 */
export function endWords(rollout: RolloutView, now: number | null = null, isReasonTold = false): string {
  const { version, outcome, startedAt, finishedAt, reason } = rollout;
  if (outcome === null || finishedAt === null) return `${version} is ${rollout.phase.replace('-', ' ')}`;
  const took = startedAt === null ? '' : ` after ${spanWords(finishedAt - startedAt)}`;
  const when = now === null ? '' : `, ${agoWords(finishedAt, now)}`;
  const words = reason === null || isReasonTold ? '' : `: ${harmless(reason.detail)}`;
  const why = reason === null ? '' : ` (${reason.kind})${words}`;
  const what = outcome === 'succeeded' ? 'succeeded' : 'was rolled back';
  return `${version} ${what}${took}${when}${why}`;
}
