import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { storedInstant } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendJournal, type JournalEntries } from '../journal/append-journal.ts';

/** A jump of a track's version, which changes nothing else of it. */
export interface VersionRaise {
  readonly trackId: TrackId;
  /** Nothing is done unless the stored version is lower than this. */
  readonly below: number;
  /** What the version becomes; not lower than `below`. */
  readonly to: number;
  /** When to look at the track. */
  readonly wakeAt: Instant;
  /** What is written down of it. */
  readonly journal: (from: number) => Omit<JournalEntries, 'trackId'>;
}

/**
 * Raises the version of a track whose stored version is too low, read under the lock under which it is changed. Any
 * claim is over, as after a commit: whoever works on the track meanwhile is told `conflict` and decides again.
 * @returns the version that it had, or null when nothing was done
 */
export async function raiseVersion(
  db: Database,
  tenant: string,
  { trackId, below, to, wakeAt, journal }: VersionRaise,
): Promise<number | null> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom('tracks')
      .select('version')
      .where('tenant', '=', tenant)
      .where('id', '=', trackId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || row.version >= below) return null;
    await transaction
      .updateTable('tracks')
      .set({ version: to, next_wake_at: storedInstant(wakeAt), claimed_by: null, claimed_until: null })
      .where('tenant', '=', tenant)
      .where('id', '=', trackId)
      .execute();
    await appendJournal(transaction, tenant, { trackId, ...journal(row.version) });
    return row.version;
  });
}
