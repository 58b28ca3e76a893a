import type { TrackId } from '@sluice/core/kernel/ids.ts';

/** Where the workers of tracks find the token that lets them in: a file on a machine, a Secret in a cluster. */
export interface TokenSeats {
  /** What lies there for a track; null when nothing does. */
  read(track: TrackId): Promise<string | null>;
  /** Replaces it as a whole. */
  write(track: TrackId, token: string): Promise<void>;
}
