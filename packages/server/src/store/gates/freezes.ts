import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
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
}

const COLUMNS = sql.raw(`${DECLARED}, reason, holds, begins_at as "beginsAt", ends_at as "endsAt"`);

/** The freezes that hold at a moment or later, in the order of their names. */
export async function listFreezes(
  db: Database,
  tenant: string,
  { after = '', limit = MOST_DECLARED, at }: { after?: string; limit?: number; at: Instant },
): Promise<readonly FreezeRow[]> {
  const { rows } = await sql<FreezeRow>`
    select ${COLUMNS} from freezes
    where tenant = ${tenant} and name > ${after} and (ends_at is null or ends_at > ${storedInstant(at)}::timestamptz)
    order by name limit ${limit}`.execute(db);
  return rows;
}

/**
 * Declares a freeze, and writes down who did. One of the same name that is over makes room.
 * @returns null, and nothing is done, when one of this name holds, or is to
 */
export async function addFreeze(
  db: Database,
  tenant: string,
  freeze: Omit<FreezeRow, 'declaredAt'>,
  entry: NewLedgerEntry,
): Promise<FreezeRow | null> {
  return db.transaction().execute(async (transaction) => {
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
  });
}

/** Lifts a freeze, and writes down who did; null when there is none of the name. */
export async function removeFreeze(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<FreezeRow | null> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<FreezeRow>`
      delete from freezes where tenant = ${tenant} and name = ${name} returning ${COLUMNS}`.execute(
      transaction,
    );
    const [row] = rows;
    if (row) await appendLedger(transaction, tenant, [entry]);
    return row ?? null;
  });
}

/** How many freezes there are. */
export async function countFreezes(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly many: number }>`
    select count(*)::int as many from freezes where tenant = ${tenant}`.execute(db);
  return rows[0]?.many ?? 0;
}
