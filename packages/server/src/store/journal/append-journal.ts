/**
 * The journal of a tenant: its events and its ledger, written under one lock. A number taken under the lock is visible
 * before the next one is taken, so that a reader who asks for what comes after a number misses nothing, and the ledger
 * has no gaps.
 */
import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Insertable } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { EventsTable } from '../database/store-schema.ts';
import { growLedger, type LedgerGrowth, type NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { lockLedger, nodeRows, treeRow } from '../ledger/ledger-tree.ts';

/** A past fact about a track. */
export interface NewEvent {
  readonly rolloutId: RolloutId | null;
  readonly at: Instant;
  readonly kind: string;
  /** Opaque JSON. */
  readonly body: unknown;
}

/** What happened, in the order in which it did. */
export interface JournalEntries {
  /** Whose events these are. */
  readonly trackId: TrackId;
  readonly events: readonly NewEvent[];
  readonly ledgerEntries: readonly NewLedgerEntry[];
}

/**
 * Appends events and ledger entries. Only in a transaction, and last in it: others of the tenant wait until it ends, so
 * that this is two round trips and no more.
 */
export async function appendJournal(db: Database, tenant: string, entries: JournalEntries): Promise<void> {
  const { trackId, events, ledgerEntries } = entries;
  if (events.length === 0 && ledgerEntries.length === 0) return;
  const frontier = await lockLedger(db, tenant);
  const eventRows = events.map((event) => eventRow(tenant, trackId, event));
  await insertRows(db, tenant, { events: eventRows, growth: growLedger(frontier, tenant, ledgerEntries) });
}

/** Appends what somebody did to anything but a track; under the same rules as `appendJournal`. */
export async function appendLedger(
  db: Database,
  tenant: string,
  entries: readonly NewLedgerEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const frontier = await lockLedger(db, tenant);
  await insertRows(db, tenant, { events: [], growth: growLedger(frontier, tenant, entries) });
}

interface JournalRows {
  readonly events: readonly Insertable<EventsTable>[];
  readonly growth: LedgerGrowth;
}

/** One statement, whatever is to be written. */
async function insertRows(db: Database, tenant: string, { events, growth }: JournalRows): Promise<void> {
  const { rows, frontier, tiles } = growth;
  if (rows.length === 0) {
    await db.insertInto('events').values(events).execute();
    return;
  }
  const tree = treeRow(tenant, frontier);
  let query = db.with('grown', (part) =>
    part
      .insertInto('ledger_trees')
      .values(tree)
      .onConflict((conflict) =>
        conflict.column('tenant').doUpdateSet({ size: tree.size, peaks: tree.peaks }),
      ),
  );
  if (tiles.length > 0)
    query = query.with('tiled', (part) => part.insertInto('ledger_nodes').values(nodeRows(tenant, tiles)));
  if (events.length > 0) query = query.with('appended', (part) => part.insertInto('events').values(events));
  await query.insertInto('ledger').values(rows).execute();
}

function eventRow(tenant: string, trackId: TrackId, event: NewEvent): Insertable<EventsTable> {
  return {
    tenant,
    track_id: trackId,
    rollout_id: event.rolloutId,
    at: storedInstant(event.at),
    kind: event.kind,
    body: storedJson(event.body),
  };
}
