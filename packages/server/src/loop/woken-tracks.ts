/**
 * Purpose: lets tracks be looked at soon after the world has told that something changed.
 *
 * Owns, in memory: who is to be woken. 1. A track that is being looked at is woken after that, since the look may have come
 * before the change. 2. However much changes, a track is woken once per `EVERY_MS` at most. 3. What fails is left to the
 * next look, which comes by itself.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';

/** How long changes are gathered, in ms. */
const EVERY_MS = 50;

/** Whom the gatherer works for. */
export interface WakePorts {
  /** Makes tracks due; returns those that somebody works on just now. */
  readonly wake: (tracks: readonly TrackId[]) => Promise<readonly TrackId[]>;
  /** Looks for due tracks now. */
  readonly ring: () => void;
  readonly failed: (thrown: unknown) => void;
}

/** Gathers tracks and wakes them together. */
export function wokenTracks({ wake, ring, failed }: WakePorts): (track: TrackId) => void {
  const gathered = new Set<TrackId>();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer ??= setTimeout(() => void flush(), EVERY_MS).unref();
  };
  const flush = async (): Promise<void> => {
    const tracks = [...gathered];
    gathered.clear();
    try {
      const busy = await wake(tracks);
      if (busy.length < tracks.length) ring();
      for (const track of busy) gathered.add(track);
    } catch (thrown) {
      failed(thrown);
    }
    timer = undefined;
    if (gathered.size > 0) begin();
  };
  return (track) => {
    gathered.add(track);
    begin();
  };
}
