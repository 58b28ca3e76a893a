import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { TrafficMinute } from './traffic-minutes.ts';

/** Most rows of one reading: two revisions over six weeks would be more, and no chart shows that. */
const ROWS_LIMIT = 5000;

/** The minutes of some revisions of a track from `since` to `until`, oldest first. */
export async function listTrafficMinutes(
  db: Database,
  tenant: string,
  span: {
    readonly trackId: TrackId;
    readonly revisions: readonly RevisionId[];
    readonly since: Instant;
    readonly until: Instant;
  },
): Promise<readonly TrafficMinute[]> {
  if (span.revisions.length === 0) return [];
  return db
    .selectFrom('traffic_minutes')
    .select(['revision', 'minute', 'requests', 'errors', 'seconds', 'sum_errors_squared as sumErrorsSquared'])
    .where('tenant', '=', tenant)
    .where('track_id', '=', span.trackId)
    .where('revision', 'in', span.revisions)
    .where('minute', '>=', timestamp(span.since))
    .where('minute', '<=', timestamp(span.until))
    .orderBy('minute')
    .limit(ROWS_LIMIT)
    .execute();
}
