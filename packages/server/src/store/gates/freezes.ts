import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { DEFAULT_TENANT, listOrganisations } from '../access/organisations.ts';
import { appendLedger } from '../journal/append-journal.ts';
import { DECLARED, type DeclaredRow, MOST_DECLARED } from './gate-columns.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** A freeze as it is stored. */
export interface FreezeRow extends DeclaredRow {
  readonly reason: string;
  readonly holds: 'starts' | 'everything';
  readonly beginsAt: Instant;
  /** Null: until somebody lifts it. */
  readonly endsAt: Instant | null;
  /** Whether it holds in every organisation. */
  readonly system: boolean;
}

const TERMS = 'reason, holds, begins_at as "beginsAt", ends_at as "endsAt"';
const COLUMNS = sql.raw(`${DECLARED}, ${TERMS}, false as system`);
/** Of those of every organisation, which know no project, application or component. */
const SYSTEM_COLUMNS = sql.raw(`name, null::text as project, null::text as application, environment,
  null::text as component, declared_by as "declaredBy", declared_at as "declaredAt", ${TERMS}, true as system`);

/** Where a freeze stands in lists: those of every organisation first. */
export const freezeKey = ({ name, system }: Pick<FreezeRow, 'name' | 'system'>): string =>
  `${system ? '0' : '1'}-${name}`;

/** The freezes that hold in a tenant at a moment or later: those of every organisation, then its own, by name. */
export async function listFreezes(
  db: Database,
  tenant: string,
  { after = '', limit = 2 * MOST_DECLARED, at }: { after?: string; limit?: number; at: Instant },
): Promise<readonly FreezeRow[]> {
  const { rows } = await sql<FreezeRow>`
    select * from (
      select ${COLUMNS}, '1-' || name as key from freezes where tenant = ${tenant}
      union all
      select ${SYSTEM_COLUMNS}, '0-' || name as key from system_freezes
    ) f
    where key > ${after} and ("endsAt" is null or "endsAt" > ${storedInstant(at)}::timestamptz)
    order by key limit ${limit}`.execute(db);
  return tenant === DEFAULT_TENANT ? rows : rows.map(withoutOperator);
}

/** Who runs the control plane is nobody's business but their own. */
const withoutOperator = (row: FreezeRow): FreezeRow =>
  row.system ? { ...row, declaredBy: 'whoever runs the control plane' } : row;

/**
 * Declares a freeze, and writes down who did. One of the same name that is over makes room.
 * @returns null, and nothing is done, when one of this name holds, or is to
 */
export async function addFreeze(
  transaction: Database,
  tenant: string,
  freeze: Omit<FreezeRow, 'declaredAt' | 'system'>,
  entry: NewLedgerEntry,
): Promise<FreezeRow | null> {
  const { name, project, application, environment, component, reason, holds, beginsAt, endsAt } = freeze;
  const at = sql`${storedInstant(entry.at)}::timestamptz`;
  await sql`delete from freezes where tenant = ${tenant} and ends_at <= ${at}`.execute(transaction);
  const { rows } = await sql<FreezeRow>`
    insert into freezes (tenant, name, project, application, environment, component, reason, holds, begins_at, ends_at,
      declared_by, declared_at)
    values (${tenant}, ${name}, ${project}, ${application}, ${environment}, ${component}, ${storedText(reason)}, ${holds},
      ${storedInstant(beginsAt)}, ${endsAt === null ? null : storedInstant(endsAt)}, ${storedText(freeze.declaredBy)}, ${at})
    on conflict (tenant, name) do nothing returning ${COLUMNS}`.execute(transaction);
  const [row] = rows;
  if (row) await appendLedger(transaction, tenant, [entry]);
  return row ?? null;
}

/** Lifts a freeze, and writes down who did; null when there is none of the name. */
export async function removeFreeze(
  transaction: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<FreezeRow | null> {
  const { rows } = await sql<FreezeRow>`
    delete from freezes where tenant = ${tenant} and name = ${name} returning ${COLUMNS}`.execute(
    transaction,
  );
  const [row] = rows;
  if (row) await appendLedger(transaction, tenant, [entry]);
  return row ?? null;
}

/**
 * Declares a freeze of every organisation, over a connection that belongs to none. It stands in the ledger of each: in that
 * of whoever declares it with their name, in the others with the words alone.
 * @returns null, and nothing is done, when one of this name holds, or is to
 */
export async function addSystemFreeze(
  db: Database,
  freeze: Omit<FreezeRow, 'declaredAt' | 'system'>,
  entry: NewLedgerEntry,
): Promise<FreezeRow | null> {
  return db.transaction().execute(async (transaction) => {
    const { name, environment, reason, holds, beginsAt, endsAt, declaredBy } = freeze;
    const at = sql`${storedInstant(entry.at)}::timestamptz`;
    await sql`delete from system_freezes where ends_at <= ${at}`.execute(transaction);
    const { rows } = await sql<FreezeRow>`
      insert into system_freezes (name, environment, reason, holds, begins_at, ends_at, declared_by, declared_at)
      values (${name}, ${environment}, ${storedText(reason)}, ${holds}, ${storedInstant(beginsAt)},
        ${endsAt === null ? null : storedInstant(endsAt)}, ${storedText(declaredBy)}, ${at})
      on conflict (name) do nothing returning ${SYSTEM_COLUMNS}`.execute(transaction);
    if (rows[0]) await tellEveryLedger(transaction, entry);
    return rows[0] ?? null;
  });
}

/** Lifts a freeze of every organisation; null when there is none of the name. */
export async function removeSystemFreeze(
  db: Database,
  name: string,
  entry: NewLedgerEntry,
): Promise<FreezeRow | null> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<FreezeRow>`
      delete from system_freezes where name = ${name} returning ${SYSTEM_COLUMNS}`.execute(transaction);
    if (rows[0]) await tellEveryLedger(transaction, entry);
    return rows[0] ?? null;
  });
}

async function tellEveryLedger(transaction: Database, entry: NewLedgerEntry): Promise<void> {
  for (const { tenant } of await listOrganisations(transaction))
    await appendLedger(transaction, tenant, [
      tenant === DEFAULT_TENANT ? entry : { ...entry, actor: 'system' },
    ]);
}

/** How many freezes there are. */
export async function countFreezes(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly many: number }>`
    select count(*)::int as many from freezes where tenant = ${tenant}`.execute(db);
  return rows[0]?.many ?? 0;
}
