/**
 * Purpose: knows where tracks are.
 *
 * Owns, in memory: the place of each revision that was asked for lately. A revision never changes where it runs, so that
 * nothing of it grows old.
 */
import { type RevisionId, revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { SeatedTrack } from '../access/workers/renew-worker-tokens.ts';
import type { Place, Places } from '../places/places.ts';
import type { TrackStore } from './track-store.ts';

/** Whose traffic is counted where; all that readers of traffic need of places. */
export type CountedPlace = Pick<Place, 'metrics'>;

/** Finds the place of a track, or of one of its revisions. */
export interface TrackPlaces {
  /** Where the track is now; null before its first release. */
  ofTrack(tenant: string, track: TrackState): Promise<Place | null>;
  /** Where a revision is; null when the store has no such revision. */
  ofRevision(tenant: string, track: TrackId, revision: RevisionId): Promise<Place | null>;
}

/** Revisions whose place is kept in memory. */
const REMEMBERED = 50_000;

/** Places by what the store says of revisions. */
export function trackPlaces(store: Pick<TrackStore, 'revision'>, places: Places): TrackPlaces {
  const known = new Map<string, Place>();
  const ofRevision: TrackPlaces['ofRevision'] = async (tenant, track, revision) => {
    const key = `${tenant} ${track} ${revision}`;
    const remembered = known.get(key);
    if (remembered) return remembered;
    const record = await store.revision(tenant, track, revision);
    if (record === null) return null;
    const place = places.of(record);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, place);
    return place;
  };
  return {
    ofTrack: async (tenant, track) => {
      const revision = presentRevision(track);
      return revision === undefined ? null : ofRevision(tenant, track.id, revision);
    },
    ofRevision,
  };
}

/** Every place at which workers of a track were ordered that need a token. */
export async function seatedAt(
  places: Pick<TrackPlaces, 'ofRevision'>,
  tenant: string,
  { id, capacity }: Pick<TrackState, 'id' | 'capacity'>,
): Promise<readonly SeatedTrack[]> {
  const ordered = Object.keys(capacity).map((revision) =>
    places.ofRevision(tenant, id, revisionId(revision)),
  );
  const found = await Promise.all(ordered);
  return found.flatMap((place) => (place?.tokens ? [{ track: id, seats: place.tokens }] : []));
}

/** Whoever comes next, or else whoever serves, was there last, or is remembered. */
function presentRevision({ active, stable, last, revisions }: TrackState): RevisionId | undefined {
  return active?.candidate ?? stable ?? last?.candidate ?? Object.values(revisions)[0]?.id;
}
