import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Target } from './target.ts';

/** A target that keeps a revision, whatever retires it, as long as tasks are pinned to it: the order is given again. */
export const pinnedTarget = (
  target: Target,
  hasPinned: (track: TrackId, revision: RevisionId) => Promise<boolean>,
): Target => ({
  apply: (request) => target.apply(request),
  observe: (track) => target.observe(track),
  inventory: () => target.inventory(),
  instances: (track) => target.instances(track),
  logs: (...of) => target.logs(...of),
  retire: async (track, revision, generation) => {
    if (!(await hasPinned(track, revision))) await target.retire(track, revision, generation);
  },
});
