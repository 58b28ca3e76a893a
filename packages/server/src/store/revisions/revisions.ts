import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
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
  /** When it last became stable; null when it never did. */
  readonly promotedAt: Instant | null;
}

const COLUMNS = [
  'id',
  'track_id as trackId',
  'version_label as versionLabel',
  'spec',
  'created_at as createdAt',
  'promoted_at as promotedAt',
] as const;

/** One revision of a track, or undefined. */
export async function findRevision(
  db: Database,
  tenant: string,
  revision: { readonly trackId: TrackId; readonly id: RevisionId },
): Promise<RevisionRecord | undefined> {
  const [found] = await findRevisions(db, tenant, { trackId: revision.trackId, ids: [revision.id] });
  return found;
}

/** Those of the named revisions of a track that exist, in no particular order. */
export async function findRevisions(
  db: Database,
  tenant: string,
  revisions: { readonly trackId: TrackId; readonly ids: readonly RevisionId[] },
): Promise<readonly RevisionRecord[]> {
  if (revisions.ids.length === 0) return [];
  return db
    .selectFrom('revisions')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('track_id', '=', revisions.trackId)
    .where('id', 'in', revisions.ids)
    .execute();
}

/** Revisions of a track, the newest first; with `versionLabel` only those called so. */
export async function listRevisions(
  db: Database,
  tenant: string,
  page: { readonly trackId: TrackId; readonly versionLabel?: string; readonly limit: number },
): Promise<readonly RevisionRecord[]> {
  let query = db
    .selectFrom('revisions')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('track_id', '=', page.trackId);
  if (page.versionLabel !== undefined) query = query.where('version_label', '=', page.versionLabel);
  return query.orderBy('created_at', 'desc').orderBy('id').limit(page.limit).execute();
}

/** Inserts revisions. One that exists keeps its creation and its content; its label and promotion are brought up to date. */
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
        promoted_at: storedInstant(revision.promotedAt),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'track_id', 'id']).doUpdateSet((update) => ({
        version_label: update.ref('excluded.version_label'),
        // A revision that is released again has been promoted before, and stays so.
        promoted_at: sql<Date | null>`coalesce(excluded.promoted_at, revisions.promoted_at)`,
      })),
    )
    .execute();
}
