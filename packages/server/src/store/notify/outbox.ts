/**
 * The way from the journals into the outbox. The cursor of a tenant, what it makes of the events after it and the windows of throttles are
 * written in one transaction under the cursor's lock: whatever dies, each event is told once to each channel that wants it.
 */
import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Severity } from '@sluice/core/notify/notice.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { type EventRow, listEvents } from '../events/list-events.ts';

/** How far the journals have been read. */
export interface NotifyCursor {
  /** Names this installation in the source of its events. */
  readonly origin: string;
  readonly eventsSequence: number;
  readonly ledgerSequence: number;
}

/** A ledger entry about anything but a track. */
export interface ToldEntry {
  readonly sequence: number;
  readonly at: Instant;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: unknown;
  /** It is about a track, whose events say the same. */
  readonly isOfTrack: boolean;
}

/** What stands in the journals after a cursor. */
export interface JournalNews {
  readonly events: readonly EventRow[];
  readonly entries: readonly ToldEntry[];
}

/** What is to be told to a channel. */
export interface NewDelivery {
  readonly channel: string;
  readonly subscription: string | null;
  /** Id of the event: a channel is told it once. */
  readonly event: string;
  readonly lane: string;
  readonly kind: string;
  readonly severity: Severity;
  /** Opaque to the store. */
  readonly notice: unknown;
}

/**
 * Takes the cursor of a tenant until the transaction ends. Where there is none it is set to the present end of the journals: what
 * happened before is not told.
 *
 * @returns null when another server has it, or it was only just set
 */
export async function takeCursor(db: Database, tenant: string): Promise<NotifyCursor | null> {
  const { rows } = await sql<NotifyCursor>`
    select origin, events_sequence as "eventsSequence", ledger_sequence as "ledgerSequence"
    from notify_cursors where tenant = ${tenant} for update skip locked`.execute(db);
  return rows[0] ?? null;
}

/**
 * Whether there is anything for a round to do: something after the cursor, or a window of a throttle that held something back. One
 * statement, since it is asked all the time.
 *
 * @returns null where there is no cursor yet
 */
export async function awaitsTelling(db: Database, tenant: string): Promise<boolean | null> {
  const { rows } = await sql<{ readonly awaits: boolean }>`
    select exists (select from events where events.tenant = ${tenant} and sequence > events_sequence)
      or exists (select from ledger where ledger.tenant = ${tenant} and sequence > ledger_sequence)
      or exists (select from subscriptions where subscriptions.tenant = ${tenant}
        and throttle_window -> 'withheld' <> '{}'::jsonb) as awaits
    from notify_cursors where tenant = ${tenant}`.execute(db);
  return rows[0]?.awaits ?? null;
}

/** Sets the cursor of a tenant that has none to the present end of its journals. */
export async function ensureCursor(db: Database, tenant: string): Promise<void> {
  await sql`
    insert into notify_cursors (tenant, events_sequence, ledger_sequence)
    select ${tenant}, coalesce((select max(sequence) from events where tenant = ${tenant}), 0),
      coalesce((select max(sequence) from ledger where tenant = ${tenant}), 0)
    on conflict (tenant) do nothing`.execute(db);
}

/** What comes after a cursor, at most so much of each journal. */
export async function newsAfter(
  db: Database,
  tenant: string,
  cursor: NotifyCursor,
  limit: number,
): Promise<JournalNews> {
  const events = await listEvents(db, tenant, { after: cursor.eventsSequence, limit });
  const { rows } = await sql<ToldEntry>`
    select sequence, at, actor, action, subject, detail, detail ? 'track' as "isOfTrack" from ledger
    where tenant = ${tenant} and sequence > ${cursor.ledgerSequence} order by sequence limit ${limit}`.execute(
    db,
  );
  return { events, entries: rows };
}

/** Moves the cursor to the end of what was read. */
export async function moveCursor(
  db: Database,
  tenant: string,
  { events, entries }: JournalNews,
): Promise<void> {
  await sql`
    update notify_cursors set
      events_sequence = greatest(events_sequence, ${events.at(-1)?.sequence ?? 0}),
      ledger_sequence = greatest(ledger_sequence, ${entries.at(-1)?.sequence ?? 0})
    where tenant = ${tenant}`.execute(db);
}

/** Writes where the window of a throttle stands. */
export async function writeWindow(
  db: Database,
  tenant: string,
  { name, window }: { readonly name: string; readonly window: unknown },
): Promise<void> {
  await sql`
    update subscriptions set throttle_window = ${storedJson(window)}::jsonb
    where tenant = ${tenant} and name = ${name}`.execute(db);
}

/** Puts notices into the outbox, in their order; those that a channel has already are left out. */
export async function addDeliveries(
  db: Database,
  tenant: string,
  deliveries: readonly NewDelivery[],
  expiresAt: Instant,
): Promise<number> {
  let added = 0;
  for (const delivery of deliveries) {
    const { rows } = await sql`
      insert into deliveries (tenant, channel, subscription, event, lane, kind, severity, notice, expires_at)
      select ${tenant}, name, ${delivery.subscription}, ${delivery.event}, ${delivery.lane},
        ${delivery.kind}, ${delivery.severity}, ${storedJson(delivery.notice)}::json, ${storedInstant(expiresAt)}
      from channels where tenant = ${tenant} and name = ${delivery.channel} and disabled_reason is null
      on conflict (tenant, channel, event) do nothing returning id`.execute(db);
    added += rows.length;
  }
  return added;
}

/** What has to be known of a rollout to tell something of it. */
export interface ToldRollout {
  readonly id: RolloutId;
  readonly trackId: TrackId;
  readonly versionLabel: string;
  readonly requestedBy: string;
  readonly state: unknown;
}

/** Those of some rollouts that there still are. */
export async function listToldRollouts(
  db: Database,
  tenant: string,
  ids: readonly RolloutId[],
): Promise<readonly ToldRollout[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('rollouts')
    .select([
      'id',
      'track_id as trackId',
      'version_label as versionLabel',
      'requested_by as requestedBy',
      'state',
    ])
    .where('tenant', '=', tenant)
    .where('id', 'in', [...ids])
    .execute();
}

/** The clock of the database, which all servers share. */
export async function databaseNow(db: Database): Promise<Instant> {
  const { rows } = await sql<{ readonly now: Instant }>`select clock_timestamp() as now`.execute(db);
  return rows[0]?.now ?? 0;
}

/** How this installation is named in the events of a tenant; empty before the first round. */
export async function findOrigin(db: Database, tenant: string): Promise<string> {
  const { rows } = await sql<{ readonly origin: string }>`
    select origin from notify_cursors where tenant = ${tenant}`.execute(db);
  return rows[0]?.origin ?? '';
}
