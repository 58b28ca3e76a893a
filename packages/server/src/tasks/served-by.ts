import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Split } from '@sluice/core/traffic/split.ts';

/** What a split means for the tasks that there are. */
export interface ServedBy {
  /** The revisions that get tasks. */
  readonly serving: readonly RevisionId[];
  /** Which of them takes over what others leave; null when nobody does. */
  readonly heir: RevisionId | null;
  /** Which revision gets copies of tasks; null when none does. */
  readonly mirrored: RevisionId | null;
}

/**
 * Who serves by a split, as it is stored. What is left by others goes to whoever serves most; what was dealt to the smaller part
 * was so by chance, and has no claim on it.
 */
export function servedBy(split: unknown): ServedBy {
  const { weights = [], mirror = null } = split as Partial<Split>;
  const serving = weights.filter(({ basisPoints }) => basisPoints > 0);
  const [most] = serving.toSorted((a, b) => b.basisPoints - a.basisPoints);
  return {
    serving: serving.map(({ revision }) => revision),
    heir: most?.revision ?? null,
    mirrored: mirror?.revision ?? null,
  };
}
