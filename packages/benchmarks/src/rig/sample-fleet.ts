import { rolloutId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';

/** The name of one of the fleet's tracks; in the order of their numbers. */
export const trackOf = (number: number): TrackId =>
  trackId(`app-${String(number).padStart(5, '0')}`, 'production', 'web');

/** The host name whose requests a track takes: no two tracks may take the same. */
export const hostOf = (number: number): string => `app-${String(number).padStart(5, '0')}.example`;

/** The number of a track by its name. */
export const numberOf = (track: string): number => Number.parseInt(track.slice('app-'.length), 10);

/** A sample as one of the fleet's tracks, as it was after its first commit. */
export function asTrack(sample: TrackState, number: number): TrackState {
  return {
    ...sample,
    id: trackOf(number),
    version: 1,
    splitGeneration: 1,
    capacity: Object.fromEntries(
      Object.entries(sample.capacity).map(([revision, order]) => [revision, { ...order, generation: 1 }]),
    ),
    active: sample.active && asRollout(sample.active, number),
    last: sample.last && asRollout(sample.last, number),
  };
}

const asRollout = (rollout: Rollout, number: number): Rollout => ({
  ...rollout,
  id: rolloutId(`${rollout.id}-${number}`),
});
