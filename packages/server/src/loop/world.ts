import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';

/** The world around tracks, as the loop sees it: it can be looked at, and it can be given orders. */
export interface World {
  /** A snapshot. Parts that do not answer are values in it; it rejects only on a bug. */
  observe(tenant: string, track: TrackState): Promise<Observation>;
  /** Carries out one committed order under the generation of its commit; failures are `SluiceError`s. */
  perform(tenant: string, track: TrackState, effect: Effect, generation: number): Promise<void>;
}
