import type { TrackId } from '../kernel/ids.ts';
import { EMPTY_SPLIT } from '../traffic/split.ts';
import type { TrackState } from './state.ts';

/** A track before its first release. */
export const newTrack = (id: TrackId): TrackState => ({
  id,
  version: 0,
  stable: null,
  history: [],
  revisions: {},
  retained: [],
  capacity: {},
  split: EMPTY_SPLIT,
  splitGeneration: 0,
  splitConfirmed: true,
  active: null,
  queue: [],
  last: null,
  nextNumber: 1,
});
