import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import { mayReach, type Split } from '@sluice/core/traffic/split.ts';

/** All revisions that a split names, also those without any share, each of them once. */
export function namedRevisions({ weights, matches, mirror }: Split): readonly RevisionId[] {
  const named = [...weights, ...matches, ...(mirror ? [mirror] : [])].map(({ revision }) => revision);
  return [...new Set(named)];
}

/** The revisions that requests by a split can reach, each of them once. */
export const reachedRevisions = (split: Split): readonly RevisionId[] =>
  namedRevisions(split).filter((revision) => mayReach(split, revision));
