import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { storedInstant } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { TrafficMinute } from './traffic-minutes.ts';

/**
 * Writes whole minutes of a track. A minute that is there already is replaced when this reading of it counted at
 * least as many seconds, so that reading the same minutes again changes nothing. Each minute of a revision is given once.
 */
export async function putTrafficMinutes(
  db: Database,
  tenant: string,
  { trackId, minutes }: { readonly trackId: TrackId; readonly minutes: readonly TrafficMinute[] },
): Promise<void> {
  if (minutes.length === 0) return;
  await db
    .insertInto('traffic_minutes')
    .values(
      minutes.map((traffic) => ({
        tenant,
        track_id: trackId,
        revision: traffic.revision,
        minute: storedInstant(traffic.minute),
        requests: traffic.requests,
        errors: traffic.errors,
        seconds: traffic.seconds,
        sum_errors_squared: traffic.sumErrorsSquared,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['tenant', 'track_id', 'revision', 'minute'])
        .doUpdateSet((update) => ({
          requests: update.ref('excluded.requests'),
          errors: update.ref('excluded.errors'),
          seconds: update.ref('excluded.seconds'),
          sum_errors_squared: update.ref('excluded.sum_errors_squared'),
        }))
        .where(sql<boolean>`excluded.seconds >= traffic_minutes.seconds`),
    )
    .execute();
}
