import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A revision of a track; the same content in another track is another revision with the same id. */
export interface RevisionRecord {
  readonly id: RevisionId;
  readonly trackId: TrackId;
  readonly versionLabel: string;
  /** The whole specification; opaque JSON. */
  readonly spec: unknown;
  readonly createdAt: Instant;
}

/** One revision of a track, or undefined. */
export async function findRevision(
  db: Database,
  tenant: string,
  revision: { readonly trackId: TrackId; readonly id: RevisionId },
): Promise<RevisionRecord | undefined> {
  return db
    .selectFrom('revisions')
    .select(['id', 'track_id as trackId', 'version_label as versionLabel', 'spec', 'created_at as createdAt'])
    .where('tenant', '=', tenant)
    .where('track_id', '=', revision.trackId)
    .where('id', '=', revision.id)
    .executeTakeFirst();
}

/**
 * Inserts revisions. One that exists keeps its creation. Its name is the hash of what runs, so that what differs is how
 * it goes out (strategy and checks) and what people call it: both are brought up to date, for a plan that is made from
 * the file as it is now asks for its checks.
 */
export async function putRevisions(
  db: Database,
  tenant: string,
  revisions: readonly RevisionRecord[],
): Promise<void> {
  if (revisions.length === 0) return;
  await db
    .insertInto('revisions')
    .values(
      revisions.map((revision) => ({
        tenant,
        id: revision.id,
        track_id: revision.trackId,
        version_label: storedText(revision.versionLabel),
        spec: storedJson(revision.spec),
        created_at: storedInstant(revision.createdAt),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'track_id', 'id']).doUpdateSet((update) => ({
        version_label: update.ref('excluded.version_label'),
        spec: update.ref('excluded.spec'),
      })),
    )
    .execute();
}
