import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Target } from './target.ts';

/** A target whose workers are let in: what lets them in lies there before they are ordered. */
export const admittedTarget = (target: Target, admit: (track: TrackId) => Promise<void>): Target => ({
  ...target,
  apply: async (request) => {
    if (request.instances > 0) await admit(request.revision.track);
    await target.apply(request);
  },
});
