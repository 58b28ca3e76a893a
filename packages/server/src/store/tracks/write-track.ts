import { trackNames, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type AliasedRawBuilder, sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { unawaited } from './unawaited.ts';
import { TRACKS_CHANNEL } from './wake-track.ts';

/** The next state of a track. */
export interface TrackWrite {
  readonly trackId: TrackId;
  /** The version that the new state was derived from; 0 creates the track. */
  readonly expectedVersion: number;
  /** Writes only while this holder has its claim: see docs/decisions/0007-what-the-store-promises.md. */
  readonly claimedBy?: string;
  /** Opaque JSON. Left out, it stays as it is, which saves writing it; a new track needs one. */
  readonly state?: unknown;
  /** Opaque JSON that belongs to the state and changes at every look; left out, there is none any more. */
  readonly evidence?: unknown;
  /** When to look at it again; null for never, until somebody else commits or a server starts. */
  readonly nextWakeAt: Instant | null;
  /** What all replicas are told once this is committed: that the track is due, or only that something was written. */
  readonly announce?: 'due' | 'written' | null;
}

/**
 * Writes the state if the track still has the expected version, counts the version up and ends any claim.
 * @returns false when somebody else has committed meanwhile, or has the claim
 */
export async function writeTrack(db: Database, tenant: string, track: TrackWrite): Promise<boolean> {
  if (track.expectedVersion === 0) return insertTrack(db, tenant, track);
  return (await updateOf(db, tenant, track).execute()).length === 1;
}

/** The same for nothing but evidence, in a transaction of its own that does not wait for the disk. */
export async function writeEvidence(
  db: Database,
  tenant: string,
  track: Omit<TrackWrite, 'state'>,
): Promise<boolean> {
  return (await updateOf(db, tenant, track).returning(unawaited()).execute()).length === 1;
}

async function insertTrack(db: Database, tenant: string, track: TrackWrite): Promise<boolean> {
  const written = await db
    .insertInto('tracks')
    .values({
      tenant,
      id: track.trackId,
      ...trackNames(track.trackId),
      state: storedJson(track.state),
      evidence: storedEvidence(track),
      version: 1,
      next_wake_at: storedInstant(track.nextWakeAt),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(announcement(track))
    .execute();
  return written.length === 1;
}

function updateOf(db: Database, tenant: string, track: TrackWrite) {
  const update = db
    .updateTable('tracks')
    .set({
      ...(track.state === undefined ? {} : { state: storedJson(track.state) }),
      evidence: storedEvidence(track),
      version: track.expectedVersion + 1,
      next_wake_at: storedInstant(track.nextWakeAt),
      claimed_by: null,
      claimed_until: null,
      updated_at: sql<Instant>`now()`,
    })
    .where('tenant', '=', tenant)
    .where('id', '=', track.trackId)
    .where('version', '=', track.expectedVersion)
    .returning(announcement(track));
  return track.claimedBy === undefined ? update : update.where('claimed_by', '=', track.claimedBy);
}

const storedEvidence = ({ evidence }: TrackWrite): string | null =>
  evidence === undefined || evidence === null ? null : storedJson(evidence);

function announcement({ announce }: TrackWrite): AliasedRawBuilder<unknown, 'announced'> {
  if (announce === 'due') return sql`pg_notify(${TRACKS_CHANNEL}, id)`.as('announced');
  return (announce === 'written' ? sql`pg_notify(${TRACKS_CHANNEL}, '')` : sql`null`).as('announced');
}
