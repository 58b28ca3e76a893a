import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** Who wants to hear what. What is said of it is opaque to the store. */
export interface SubscriptionRow {
  readonly name: string;
  readonly channel: string;
  readonly filter: unknown;
  /** Null for no limit. */
  readonly throttle: unknown;
  /** Where the present window of the throttle stands; null before the first event. */
  readonly window: unknown;
  readonly createdAt: Instant;
}

const COLUMNS = sql.raw(
  `name, channel, filter, throttle, throttle_window as "window", created_at as "createdAt"`,
);

/** Subscriptions in the order of their names, after the one that is given; those of one channel, or all. */
export async function listSubscriptions(
  db: Database,
  tenant: string,
  {
    channel,
    after = '',
    limit,
  }: { readonly channel?: string; readonly after?: string; readonly limit: number },
): Promise<readonly SubscriptionRow[]> {
  const { rows } = await sql<SubscriptionRow>`
    select ${COLUMNS} from subscriptions where tenant = ${tenant} and name > ${after}
      ${channel === undefined ? sql`` : sql`and channel = ${channel}`}
    order by name limit ${limit}`.execute(db);
  return rows;
}

/** One subscription, or undefined. */
export async function findSubscription(
  db: Database,
  tenant: string,
  name: string,
): Promise<SubscriptionRow | undefined> {
  const { rows } = await sql<SubscriptionRow>`
    select ${COLUMNS} from subscriptions where tenant = ${tenant} and name = ${name}`.execute(db);
  return rows[0];
}

/** Writes a subscription and who did it; false, and nothing is done, when there is no such channel. */
export async function putSubscription(
  db: Database,
  tenant: string,
  { name, channel, filter, throttle }: Pick<SubscriptionRow, 'name' | 'channel' | 'filter' | 'throttle'>,
  entry: NewLedgerEntry,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql`
      insert into subscriptions (tenant, name, channel, filter, throttle)
      select tenant, ${name}, name, ${storedJson(filter)}::jsonb,
        ${throttle === null ? null : storedJson(throttle)}::jsonb
      from channels where tenant = ${tenant} and name = ${channel} for share
      on conflict (tenant, name) do update set channel = excluded.channel, filter = excluded.filter,
        throttle = excluded.throttle, throttle_window = null, updated_at = now()
      returning name`.execute(transaction);
    if (rows.length > 0) await appendLedger(transaction, tenant, [entry]);
    return rows.length > 0;
  });
}

/** Removes a subscription and writes down who did it; what is to be told already is told. False when there is none. */
export async function removeSubscription(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql`
      delete from subscriptions where tenant = ${tenant} and name = ${name} returning name`.execute(
      transaction,
    );
    if (rows.length > 0) await appendLedger(transaction, tenant, [entry]);
    return rows.length > 0;
  });
}

/** How many subscriptions there are. */
export async function countSubscriptions(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly many: number }>`
    select count(*)::int as many from subscriptions where tenant = ${tenant}`.execute(db);
  return rows[0]?.many ?? 0;
}
