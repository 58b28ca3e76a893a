import { wordsOf } from './words-of.ts';

/** How soon somebody should look. */
export type Urgency = 'low' | 'normal' | 'high';

const WEIGHTS: ReadonlyMap<string, number> = new Map([
  ...['urgent', 'immediately', 'asap', 'dringend', 'sofort', 'urgente', 'immédiatement'].map(
    (word) => [word, 3] as const,
  ),
  ...['broken', 'wrong', 'twice', 'kaputt', 'falsch', 'doppelt', 'cassé', 'fois'].map(
    (word) => [word, 2] as const,
  ),
  ...['waiting', 'still', 'late', 'warte', 'noch', 'attends', 'toujours'].map((word) => [word, 1] as const),
]);

/** Adds up the weights of telling words; each mark of exclamation beyond the first counts as one more. */
export function rateUrgency(text: string): Urgency {
  const weight = wordsOf(text).reduce((sum, word) => sum + (WEIGHTS.get(word) ?? 0), 0);
  const shouts = Math.max(0, (text.match(/!/g)?.length ?? 0) - 1);
  const urgency = weight + shouts;
  if (urgency >= 3) return 'high';
  return urgency >= 1 ? 'normal' : 'low';
}
