import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';

/** A track as it is stored. */
export interface TrackRow {
  readonly tenant: string;
  readonly id: TrackId;
  /** Opaque to the store: what the last commit that gave one gave, as parsed JSON. */
  readonly state: unknown;
  /** The same for what changes at every look; null when the last commit gave none. */
  readonly evidence: unknown;
  /** Number of commits, from 1; what the next commit must expect. */
  readonly version: number;
  readonly nextWakeAt: Instant | null;
  /** When it was last committed or given back, by the database's clock. */
  readonly updatedAt: Instant;
}

/** The columns of a track, named as the program names them. */
export const TRACK_COLUMNS = [
  'tracks.tenant',
  'tracks.id',
  'tracks.state',
  'tracks.evidence',
  'tracks.version',
  'tracks.next_wake_at as nextWakeAt',
  'tracks.updated_at as updatedAt',
] as const;
