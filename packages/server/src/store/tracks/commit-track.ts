/**
 * The one way in which a track changes: state, events, effects, ledger and what lists show, together or not at all.
 *
 * 1. A commit that expects another version than the stored one writes nothing and says `conflict`.
 * 2. A failure at any step leaves the store as it was.
 * 3. Within a tenant, events and ledger entries are numbered in the order in which they become visible, so that a reader
 *    who asks for what comes after a number misses nothing. They are written last, as commits queue up for it.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Database } from '../database/open-database.ts';
import { type EffectRecord, recordEffects } from '../effects/effects.ts';
import { appendJournal, type NewEvent } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { putRevisions, type RevisionRecord } from '../revisions/revisions.ts';
import { putRollouts, type RolloutRecord } from '../rollouts/rollouts.ts';
import { type TrackWrite, writeEvidence, writeTrack } from './write-track.ts';

/** All that one decision changes. What is left out stays as it is. */
export interface TrackCommit extends TrackWrite {
  /** Inserted, or replaced by id. */
  readonly rollouts?: readonly Omit<RolloutRecord, 'trackId'>[];
  /** Inserted, or replaced by id. */
  readonly revisions?: readonly Omit<RevisionRecord, 'trackId'>[];
  readonly events?: readonly NewEvent[];
  readonly ledgerEntries?: readonly NewLedgerEntry[];
  readonly effects?: readonly EffectRecord[];
}

/** What became of a commit; after `conflict` load the track and decide again. */
export type CommitOutcome = 'committed' | 'conflict';

/**
 * Commits a decision. On success the stored version is `expectedVersion + 1`, the claim is over, and the track is due at
 * `nextWakeAt`.
 * @throws SluiceError when the database fails; `unreachable` leaves open whether the commit was done, and doing it again
 *   then says `conflict`
 */
export async function commitTrack(db: Database, tenant: string, commit: TrackCommit): Promise<CommitOutcome> {
  if (isTrackAlone(commit)) {
    const write = commit.expectedVersion > 0 && commit.state === undefined ? writeEvidence : writeTrack;
    return (await write(db, tenant, commit)) ? 'committed' : 'conflict';
  }
  return db.transaction().execute(async (transaction) => {
    if (!(await writeTrack(transaction, tenant, commit))) return 'conflict';
    await writeRecords(transaction, tenant, commit);
    const { trackId, events = [], ledgerEntries = [] } = commit;
    await appendJournal(transaction, tenant, { trackId, events, ledgerEntries });
    return 'committed';
  });
}

/** Most ticks change nothing else, and one statement needs no transaction around it. */
function isTrackAlone(commit: TrackCommit): boolean {
  const { rollouts, revisions, events, ledgerEntries, effects } = commit;
  const others = [rollouts, revisions, events, ledgerEntries, effects];
  return others.every((records) => (records ?? []).length === 0);
}

async function writeRecords(db: Database, tenant: string, commit: TrackCommit): Promise<void> {
  const { trackId, revisions = [], rollouts = [], effects = [] } = commit;
  await putRevisions(db, tenant, ofTrack(trackId, revisions));
  await putRollouts(db, tenant, ofTrack(trackId, rollouts));
  await recordEffects(db, tenant, { trackId, generation: commit.expectedVersion + 1, effects });
}

function ofTrack<Kept>(trackId: TrackId, records: readonly Kept[]): (Kept & { readonly trackId: TrackId })[] {
  return records.map((kept) => ({ ...kept, trackId }));
}
