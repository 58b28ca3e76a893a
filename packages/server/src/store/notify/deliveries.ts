import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Severity } from '@sluice/core/notify/notice.ts';
import { sql } from 'kysely';
import { storedInstant, storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import type { ByAge } from '../retention/retention.ts';

/** How far a delivery has come. */
export type DeliveryState = 'waiting' | 'delivered' | 'dead';

/** Something that is to be told to a channel, or was. */
export interface DeliveryRow {
  readonly id: string;
  /** Grows in the order in which they were made. */
  readonly sequence: number;
  readonly channel: string;
  readonly subscription: string | null;
  readonly event: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly notice: unknown;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When it is told next, while it waits. */
  readonly dueAt: Instant;
  readonly failure: string | null;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
}

const COLUMNS =
  sql.raw(`deliveries.id, deliveries.sequence, deliveries.channel, deliveries.subscription, deliveries.event,
  deliveries.kind, deliveries.severity, deliveries.notice, deliveries.state, deliveries.attempts,
  deliveries.due_at as "dueAt", deliveries.failure, deliveries.created_at as "createdAt",
  deliveries.finished_at as "finishedAt"`);

/** A delivery that was taken to be told now. */
export interface TakenDelivery extends DeliveryRow {
  readonly lane: string;
  readonly expiresAt: Instant;
  /** The settings of its channel. */
  readonly settings: unknown;
  /** What the receiver called the first that it was told of the lane; null when this is the first. */
  readonly earlier: string | null;
  /** By the clock of the database. */
  readonly now: Instant;
}

/** How much is taken at once. */
export interface Taking {
  /** Of each channel, so that a slow one delays no other. */
  readonly perChannel: number;
  /** Channels that have as much under way as they may. */
  readonly except: readonly string[];
  /** After so long others take it over, in ms: longer than an attempt may take. */
  readonly forMs: number;
}

/**
 * Takes what is due, the longest due first: of each lane only the first that is not told yet, and nothing of channels that rest. An
 * attempt counts as soon as it is taken, whatever becomes of the server.
 */
export async function takeDueDeliveries(
  db: Database,
  tenant: string,
  { perChannel, except, forMs }: Taking,
): Promise<readonly TakenDelivery[]> {
  const { rows } = await sql<TakenDelivery>`
    with due as materialized (
      select first.id, channels.settings from channels cross join lateral (
        select id from deliveries as waiting
        where waiting.tenant = channels.tenant and waiting.channel = channels.name and waiting.state = 'waiting'
          and waiting.due_at <= clock_timestamp()
          and (waiting.taken_until is null or waiting.taken_until <= clock_timestamp())
          and not exists (select from deliveries as before where before.tenant = waiting.tenant
            and before.channel = waiting.channel and before.lane = waiting.lane and before.state = 'waiting'
            and before.sequence < waiting.sequence)
        order by waiting.due_at, waiting.sequence limit ${perChannel} for update skip locked) as first
      where channels.tenant = ${tenant} and channels.disabled_reason is null
        and (channels.rest_until is null or channels.rest_until <= clock_timestamp())
        and channels.name <> all(${[...except]}::text[]))
    update deliveries set attempts = attempts + 1,
      taken_until = clock_timestamp() + ${forMs}::double precision * interval '1 millisecond'
    from due where deliveries.tenant = ${tenant} and deliveries.id = due.id
    returning ${COLUMNS}, deliveries.lane, deliveries.expires_at as "expiresAt", due.settings,
      clock_timestamp() as now,
      (select reference from deliveries as told where told.tenant = deliveries.tenant
        and told.channel = deliveries.channel and told.lane = deliveries.lane
        and told.sequence < deliveries.sequence and told.reference is not null
        order by told.sequence limit 1) as earlier`.execute(db);
  return rows;
}

/** Which attempt it was: what came of an older one is not written. */
export interface AttemptFence {
  readonly id: string;
  readonly attempts: number;
}

/** Writes that it was told, and lets what waits behind it go on at once. */
export async function settleDelivered(
  db: Database,
  tenant: string,
  { id, attempts, reference }: AttemptFence & { readonly reference: string | null },
): Promise<boolean> {
  const { rows } = await sql`
    with told as (
      update deliveries set state = 'delivered', reference = ${reference === null ? null : storedText(reference)},
        failure = null, taken_until = null, finished_at = clock_timestamp()
      where tenant = ${tenant} and id = ${id}::uuid and state = 'waiting' and attempts = ${attempts}
      returning tenant, channel, lane, sequence),
    behind as (
      update deliveries set due_at = clock_timestamp() from told
      where deliveries.tenant = told.tenant and deliveries.channel = told.channel and deliveries.lane = told.lane
        and deliveries.sequence > told.sequence and deliveries.state = 'waiting'
        and deliveries.due_at > clock_timestamp()),
    well as (
      update channels set failures = 0, rest_until = null, delivered_at = clock_timestamp() from told
      where channels.tenant = told.tenant and channels.name = told.channel)
    select channel from told`.execute(db);
  return rows.length > 0;
}

/** What came of an attempt that did not go well. */
export interface FailedAttempt extends AttemptFence {
  /** When it is tried again; null: it is given up. */
  readonly dueAt: Instant | null;
  readonly failure: string;
  /** How long the whole channel is left alone, in ms; 0 when the failure was of this notice alone. */
  readonly restMs: number;
}

/** Writes that an attempt failed. What waits behind it in its lane waits with it, or goes on when it is given up. */
export async function settleFailed(
  db: Database,
  tenant: string,
  { id, attempts, dueAt, failure, restMs }: FailedAttempt,
): Promise<boolean> {
  const at = dueAt === null ? sql`clock_timestamp()` : timestamp(dueAt);
  const { rows } = await sql`
    with failed as (
      update deliveries set failure = ${storedText(failure)}, taken_until = null, due_at = ${at},
        state = ${dueAt === null ? 'dead' : 'waiting'}, finished_at = ${dueAt === null ? sql`clock_timestamp()` : null}
      where tenant = ${tenant} and id = ${id}::uuid and state = 'waiting' and attempts = ${attempts}
      returning tenant, channel, lane, sequence),
    behind as (
      update deliveries set due_at = ${dueAt === null ? sql`clock_timestamp()` : sql`greatest(deliveries.due_at, ${at})`}
      from failed
      where deliveries.tenant = failed.tenant and deliveries.channel = failed.channel
        and deliveries.lane = failed.lane and deliveries.sequence > failed.sequence and deliveries.state = 'waiting'),
    ill as (
      update channels set failed_at = clock_timestamp(), failure = ${storedText(failure)},
        failures = failures + 1,
        rest_until = case when ${restMs}::double precision > 0
          then greatest(rest_until, clock_timestamp() + ${restMs}::double precision * interval '1 millisecond')
          else rest_until end
      from failed where channels.tenant = failed.tenant and channels.name = failed.channel)
    select channel from failed`.execute(db);
  return rows.length > 0;
}

/** Which deliveries are listed, the newest first. */
export interface DeliveryList {
  readonly channel?: string | undefined;
  readonly state?: DeliveryState | undefined;
  /** Those before this number; the last one of the page before. */
  readonly before?: number;
  readonly limit: number;
}

/** A page of deliveries. */
export async function listDeliveries(
  db: Database,
  tenant: string,
  { channel, state, before, limit }: DeliveryList,
): Promise<readonly DeliveryRow[]> {
  const { rows } = await sql<DeliveryRow>`
    select ${COLUMNS} from deliveries where tenant = ${tenant}
      ${channel === undefined ? sql`` : sql`and channel = ${channel}`}
      ${state === undefined ? sql`` : sql`and state = ${state}`}
      ${before === undefined ? sql`` : sql`and sequence < ${before}`}
    order by sequence desc limit ${limit}`.execute(db);
  return rows;
}

/** One delivery, or undefined. */
export async function findDelivery(
  db: Database,
  tenant: string,
  id: string,
): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`
    select ${COLUMNS} from deliveries where tenant = ${tenant} and id = ${id}::uuid`.execute(db);
  return rows[0];
}

/** What is to be told once more. */
export interface Replay {
  /** One of them, or all of a channel that were given up. */
  readonly what: { readonly id: string } | { readonly deadOf: string };
  readonly expiresAt: Instant;
  readonly limit: number;
}

/** Tells again what was told or given up, with the same id, and writes down who wanted it. */
export async function replayDeliveries(
  db: Database,
  tenant: string,
  { what, expiresAt, limit }: Replay,
  entryOf: (count: number) => NewLedgerEntry,
): Promise<number> {
  const which =
    'id' in what
      ? sql`id = ${what.id}::uuid and state <> 'waiting'`
      : sql`channel = ${what.deadOf} and state = 'dead'`;
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql`
      update deliveries set state = 'waiting', attempts = 0, due_at = clock_timestamp(), taken_until = null,
        finished_at = null, expires_at = ${storedInstant(expiresAt)}
      where tenant = ${tenant} and id in (
        select id from deliveries where tenant = ${tenant} and ${which} order by sequence limit ${limit} for update)
      returning id`.execute(transaction);
    if (rows.length > 0) await appendLedger(transaction, tenant, [entryOf(rows.length)]);
    return rows.length;
  });
}

/** Removes deliveries that ended long ago, over all tenants. */
export async function deleteOldDeliveries(db: Database, { before, limit }: ByAge): Promise<number> {
  const { rows } = await sql`
    delete from deliveries where (tenant, id) in (
      select tenant, id from deliveries where state <> 'waiting' and finished_at < ${timestamp(before)}
      order by finished_at limit ${limit})
    returning id`.execute(db);
  return rows.length;
}
