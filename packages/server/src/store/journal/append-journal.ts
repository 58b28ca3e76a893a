/**
 * The journal of a tenant: its events and its ledger, written under one lock. A number taken under the lock is visible
 * before the next one is taken, so that a reader who asks for what comes after a number misses nothing, and the ledger
 * has no gaps.
 */
import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Frontier, TreeNode } from '@sluice/core/ledger/frontier.ts';
import { type Insertable, sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { KEPT } from '../database/kept-statement.ts';
import type { EventsTable, LedgerTable } from '../database/store-schema.ts';
import { growLedger, type LedgerGrowth, type NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { lockLedger } from '../ledger/ledger-tree.ts';

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

/** One statement, whatever is to be written, and in the same words each time, so that connections keep it. */
async function insertRows(db: Database, tenant: string, { events, growth }: JournalRows): Promise<void> {
  const { rows, frontier, tiles } = growth;
  if (rows.length === 0) {
    await db.insertInto('events').values(events).execute();
    return;
  }
  const withEvents = events.length > 0 ? sql`${appendedEvents(tenant, events)},` : sql``;
  const withTiles = tiles.length > 0 ? sql`${storedTiles(tenant, tiles)},` : sql``;
  await sql`${KEPT}with ${withEvents} ${withTiles} ${grownTree(tenant, frontier)} ${appendedEntries(tenant, rows)}`.execute(
    db,
  );
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown): unknown[] => rows.map(value);
const instants = <Row extends { readonly at: Date }>(rows: readonly Row[]): string[] =>
  rows.map(({ at }) => at.toISOString());

const appendedEvents = (tenant: string, events: readonly Insertable<EventsTable>[]) => sql`appended as (
  insert into events (tenant, track_id, rollout_id, at, kind, body)
  select ${tenant}, * from unnest(
    ${column(events, (row) => row.track_id)}::text[], ${column(events, (row) => row.rollout_id)}::text[],
    ${instants(events)}::timestamptz[], ${column(events, (row) => row.kind)}::text[],
    ${column(events, (row) => row.body)}::jsonb[]))`;

const storedTiles = (tenant: string, tiles: readonly TreeNode[]) => sql`tiled as (
  insert into ledger_nodes (tenant, level, index, hash)
  select ${tenant}, * from unnest(
    ${column(tiles, ({ level }) => level)}::smallint[], ${column(tiles, ({ index }) => index)}::bigint[],
    ${column(tiles, ({ hash }) => hash)}::text[]))`;

const grownTree = (tenant: string, { size, peaks }: Frontier) => sql`grown as (
  insert into ledger_trees (tenant, size, peaks) values (${tenant}, ${size}, ${peaks.join('')})
  on conflict (tenant) do update set size = excluded.size, peaks = excluded.peaks)`;

const appendedEntries = (tenant: string, rows: readonly Insertable<LedgerTable>[]) => sql`
  insert into ledger (
    tenant, sequence, at, actor, action, subject, detail, before_hash, after_hash, request_id, reason, approvals,
    leaf_hash)
  select ${tenant}, * from unnest(
    ${column(rows, (row) => row.sequence)}::bigint[], ${instants(rows)}::timestamptz[],
    ${column(rows, (row) => row.actor)}::text[], ${column(rows, (row) => row.action)}::text[],
    ${column(rows, (row) => row.subject)}::text[], ${column(rows, (row) => row.detail)}::jsonb[],
    ${column(rows, (row) => row.before_hash)}::text[], ${column(rows, (row) => row.after_hash)}::text[],
    ${column(rows, (row) => row.request_id)}::text[], ${column(rows, (row) => row.reason)}::text[],
    ${column(rows, (row) => row.approvals)}::jsonb[], ${column(rows, (row) => row.leaf_hash)}::text[])`;

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
