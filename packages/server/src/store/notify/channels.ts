import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** A channel, and how it is with its receiver. */
export interface ChannelRow {
  readonly name: string;
  /** Opaque to the store; holds references to secrets and no secret. */
  readonly settings: unknown;
  /** Why nothing is told any more; null while it is. */
  readonly disabledReason: string | null;
  readonly deliveredAt: Instant | null;
  readonly failedAt: Instant | null;
  readonly failure: string | null;
  /** Attempts that failed since one did not. */
  readonly failures: number;
  readonly createdAt: Instant;
  /** What waits, and what was given up. */
  readonly waiting: number;
  readonly dead: number;
}

const COLUMNS = sql.raw(`channels.name, channels.settings, channels.disabled_reason as "disabledReason",
  channels.delivered_at as "deliveredAt", channels.failed_at as "failedAt", channels.failure, channels.failures,
  channels.created_at as "createdAt",
  (select count(*)::int from deliveries where deliveries.tenant = channels.tenant
    and deliveries.channel = channels.name and deliveries.state = 'waiting') as waiting,
  (select count(*)::int from deliveries where deliveries.tenant = channels.tenant
    and deliveries.channel = channels.name and deliveries.state = 'dead') as dead`);

/** Channels in the order of their names, after the one that is given. */
export async function listChannels(
  db: Database,
  tenant: string,
  { after = '', limit }: { readonly after?: string; readonly limit: number },
): Promise<readonly ChannelRow[]> {
  const { rows } = await sql<ChannelRow>`
    select ${COLUMNS} from channels where tenant = ${tenant} and name > ${after} order by name limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** One channel, or undefined. */
export async function findChannel(
  db: Database,
  tenant: string,
  name: string,
): Promise<ChannelRow | undefined> {
  const { rows } = await sql<ChannelRow>`
    select ${COLUMNS} from channels where tenant = ${tenant} and name = ${name}`.execute(db);
  return rows[0];
}

/** Writes a channel and who did it; one that was switched off is switched on. */
export async function putChannel(
  db: Database,
  tenant: string,
  { name, settings }: Pick<ChannelRow, 'name' | 'settings'>,
  entry: NewLedgerEntry,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`
      insert into channels (tenant, name, settings) values (${tenant}, ${name}, ${storedJson(settings)}::jsonb)
      on conflict (tenant, name) do update set settings = excluded.settings, updated_at = now(),
        disabled_reason = null, failures = 0, rest_until = null`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
  });
}

/** Removes a channel with all that it was to tell or has told, and writes down who did it; false when there is none. */
export async function removeChannel(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql`
      delete from channels where tenant = ${tenant} and name = ${name} returning name`.execute(transaction);
    if (rows.length > 0) await appendLedger(transaction, tenant, [entry]);
    return rows.length > 0;
  });
}

/** Switches a channel off, gives up what waits for it, and writes down why; once. */
export async function disableChannel(
  db: Database,
  tenant: string,
  { name, reason }: { readonly name: string; readonly reason: string },
  entry: NewLedgerEntry,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { rows } = await sql`
      update channels set disabled_reason = ${storedText(reason)}, updated_at = now()
      where tenant = ${tenant} and name = ${name} and disabled_reason is null returning name`.execute(
      transaction,
    );
    if (rows.length === 0) return;
    await sql`
      update deliveries set state = 'dead', failure = ${storedText(reason)}, finished_at = clock_timestamp(),
        taken_until = null
      where tenant = ${tenant} and channel = ${name} and state = 'waiting'`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
  });
}

/** How many channels there are. */
export async function countChannels(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly many: number }>`
    select count(*)::int as many from channels where tenant = ${tenant}`.execute(db);
  return rows[0]?.many ?? 0;
}
