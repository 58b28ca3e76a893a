import { assert } from '@sluice/core/kernel/assert.ts';
import { sql } from 'kysely';
import { storedInstant, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { DECLARED, type DeclaredRow, MOST_DECLARED } from './gate-columns.ts';

/** A window as it is stored. */
export interface WindowRow extends DeclaredRow {
  readonly effect: 'allow' | 'deny';
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly zone: string;
  readonly underWay: 'hold' | 'finish';
}

const COLUMNS = sql.raw(
  `${DECLARED}, effect, days, from_minute as "fromMinute", to_minute as "toMinute", zone, under_way as "underWay"`,
);

/** Windows in the order of their names. */
export async function listWindows(
  db: Database,
  tenant: string,
  { after = '', limit = MOST_DECLARED }: { after?: string; limit?: number } = {},
): Promise<readonly WindowRow[]> {
  const { rows } = await sql<WindowRow>`
    select ${COLUMNS} from release_windows where tenant = ${tenant} and name > ${after}
    order by name limit ${limit}`.execute(db);
  return rows;
}

/** Declares a window, or changes it, and writes down who did. */
export async function putWindow(
  transaction: Database,
  tenant: string,
  window: Omit<WindowRow, 'declaredAt'>,
  entry: NewLedgerEntry,
): Promise<WindowRow> {
  const { name, project, application, environment, component, effect, days, zone, underWay } = window;
  const { rows } = await sql<WindowRow>`
    insert into release_windows (tenant, name, project, application, environment, component, effect, days, from_minute,
      to_minute, zone, under_way, declared_by, declared_at)
    values (${tenant}, ${name}, ${project}, ${application}, ${environment}, ${component}, ${effect}, ${[...days]}::int[],
      ${window.fromMinute}, ${window.toMinute}, ${zone}, ${underWay}, ${storedText(window.declaredBy)},
      ${storedInstant(entry.at)})
    on conflict (tenant, name) do update set project = excluded.project, application = excluded.application,
      environment = excluded.environment, component = excluded.component, effect = excluded.effect, days = excluded.days,
      from_minute = excluded.from_minute, to_minute = excluded.to_minute, zone = excluded.zone,
      under_way = excluded.under_way, declared_by = excluded.declared_by, declared_at = excluded.declared_at
    returning ${COLUMNS}`.execute(transaction);
  await appendLedger(transaction, tenant, [entry]);
  const [row] = rows;
  assert(row, 'an upsert returns its row');
  return row;
}

/** Removes a window, and writes down who did; null when there is none of the name. */
export async function removeWindow(
  transaction: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<WindowRow | null> {
  const { rows } = await sql<WindowRow>`
    delete from release_windows where tenant = ${tenant} and name = ${name} returning ${COLUMNS}`.execute(
    transaction,
  );
  const [row] = rows;
  if (row) await appendLedger(transaction, tenant, [entry]);
  return row ?? null;
}
