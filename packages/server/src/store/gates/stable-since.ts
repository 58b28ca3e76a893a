import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Database } from '../database/open-database.ts';

/** When a revision became stable for the last time; null when no rollout is known that made it so. */
export async function stableSince(
  db: Database,
  tenant: string,
  { trackId, revision }: { readonly trackId: TrackId; readonly revision: RevisionId },
): Promise<Instant | null> {
  const row = await db
    .selectFrom('rollouts')
    .select((select) => select.fn.max('finished_at').as('at'))
    .where('tenant', '=', tenant)
    .where('track_id', '=', trackId)
    .where('candidate', '=', revision)
    .where('outcome', '=', 'succeeded')
    .executeTakeFirst();
  return row?.at ?? null;
}
