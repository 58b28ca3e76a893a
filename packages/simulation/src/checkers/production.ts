import { brokenInvariants } from '@sluice/core/rollout/invariants.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground } from './checker.ts';

/** What production itself checks after each decision holds here as well: otherwise its alarm would be a false one. */
export function watchProduction({ store }: Ground): Checker {
  return {
    decided: ({ track, observation }) => {
      // A replica that does not know of its loss of the claim looks at a newer world than its state.
      if (track.version !== store.track.version) return;
      const broken = brokenInvariants(track, observation);
      promised('production invariants', broken.length === 0, () => broken.join('; '));
    },
  };
}
