import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A past fact about a track. */
export interface NewEvent {
  readonly rolloutId: RolloutId | null;
  readonly at: Instant;
  readonly kind: string;
  /** Opaque JSON. */
  readonly body: unknown;
}

/** Appends events in the given order; only under the journal's lock, which makes their numbers follow visibility. */
export async function appendEvents(
  db: Database,
  tenant: string,
  { trackId, events }: { readonly trackId: TrackId; readonly events: readonly NewEvent[] },
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    tenant,
    track_id: trackId,
    rollout_id: event.rolloutId,
    at: storedInstant(event.at),
    kind: event.kind,
    body: storedJson(event.body),
  }));
  await db.insertInto('events').values(rows).execute();
}
