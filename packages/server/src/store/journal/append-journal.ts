/**
 * The journal of a tenant: its events and its ledger, written under one lock. A number taken under the lock is visible
 * before the next one is taken, so that a reader who asks for what comes after a number misses nothing, and the ledger
 * has no gaps.
 */
import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type Insertable, sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import type { EventsTable, LedgerTable } from '../database/store-schema.ts';
import { chainLedger, type LedgerLink, type NewLedgerEntry } from '../ledger/chain-ledger.ts';
import { FIRST_PREVIOUS_HASH } from '../ledger/ledger-hash.ts';

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
  const last = await lockJournal(db, tenant);
  const eventRows = events.map((event) => eventRow(tenant, trackId, event));
  await insertRows(db, eventRows, chainLedger(last, tenant, ledgerEntries));
}

/** Appends what somebody did to anything but a track; under the same rules as `appendJournal`. */
export async function appendLedger(
  db: Database,
  tenant: string,
  entries: readonly NewLedgerEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const last = await lockJournal(db, tenant);
  await insertRows(db, [], chainLedger(last, tenant, entries));
}

async function insertRows(
  db: Database,
  events: readonly Insertable<EventsTable>[],
  ledger: readonly Insertable<LedgerTable>[],
): Promise<void> {
  if (ledger.length === 0) await db.insertInto('events').values(events).execute();
  else if (events.length === 0) await db.insertInto('ledger').values(ledger).execute();
  else
    await db
      .with('appended', (query) => query.insertInto('events').values(events))
      .insertInto('ledger')
      .values(ledger)
      .execute();
}

/** Waits for one's turn and keeps others out until the transaction ends; returns the end of the ledger's chain. */
async function lockJournal(db: Database, tenant: string): Promise<LedgerLink> {
  const { rows } = await sql<LedgerLink>`select sequence, hash from lock_journal(${tenant})`.execute(db);
  return rows[0] ?? { sequence: 0, hash: FIRST_PREVIOUS_HASH };
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
