import type { Database } from '../store/database/open-database.ts';
import { claimFromLines, hasSpecialLines, placeLines, readLineHeads } from '../store/tasks/limits-lines.ts';
import { fillBuckets, lockLimits, readLimitedUse } from '../store/tasks/limits-room.ts';
import type { LimitedLines } from './limited-lines.ts';

/** Lines and limits in PostgreSQL: a claim is a transaction that holds the row of its queue. */
export const postgresLimitedLines = (db: Database): LimitedLines => ({
  areSpecial: (tenant, of) => hasSpecialLines(db, tenant, of),
  hold: (tenant, queue, claim) =>
    db.transaction().execute(async (transaction) => {
      await lockLimits(transaction, tenant, queue);
      return claim({
        uses: () => readLimitedUse(transaction, tenant, queue),
        heads: (revision) => readLineHeads(transaction, tenant, { queue, revision }),
        lease: (wish) => claimFromLines(transaction, tenant, wish),
        place: (revision, lines) => placeLines(transaction, tenant, { queue, revision, lines }),
        fill: (buckets) => fillBuckets(transaction, tenant, { queue, buckets }),
      });
    }),
});
