import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** A version of a tool as it is stored. */
export interface ToolRow {
  readonly name: string;
  readonly version: string;
  /** Opaque to the store. */
  readonly definition: unknown;
  readonly createdAt: Instant;
}

const COLUMNS = sql.raw('name, version, definition, created_at as "createdAt"');

/**
 * Writes a version of a tool down, and who did it, unless there is one of this name and version.
 * @returns the row that holds, and whether it is the one that was given
 */
export async function addTool(
  db: Database,
  tenant: string,
  tool: Omit<ToolRow, 'createdAt'>,
  entry: NewLedgerEntry,
): Promise<{ readonly row: ToolRow; readonly isNew: boolean }> {
  const added = await db.transaction().execute(async (transaction) => {
    const { rows } = await sql<ToolRow>`
      insert into tools (tenant, name, version, definition)
      values (${tenant}, ${tool.name}, ${tool.version}, ${storedJson(tool.definition)})
      on conflict do nothing returning ${COLUMNS}`.execute(transaction);
    if (rows[0]) await appendLedger(transaction, tenant, [entry]);
    return rows[0];
  });
  if (added) return { row: added, isNew: true };
  const present = await findTool(db, tenant, tool);
  // Whoever removed it in between has done so after this one was refused.
  return present ? { row: present, isNew: false } : addTool(db, tenant, tool, entry);
}

/** One version of a tool, or undefined. */
export async function findTool(
  db: Database,
  tenant: string,
  { name, version }: Pick<ToolRow, 'name' | 'version'>,
): Promise<ToolRow | undefined> {
  const { rows } = await sql<ToolRow>`
    select ${COLUMNS} from tools
    where tenant = ${tenant} and name = ${name} and version = ${version}`.execute(db);
  return rows[0];
}

/** Tools in the order of their names and versions; those after one where it is given. */
export async function listTools(
  db: Database,
  tenant: string,
  { after, limit }: { readonly after?: Pick<ToolRow, 'name' | 'version'>; readonly limit: number },
): Promise<readonly ToolRow[]> {
  const { rows } = await sql<ToolRow>`
    select ${COLUMNS} from tools where tenant = ${tenant}
      ${after === undefined ? sql`` : sql`and (name, version) > (${after.name}, ${after.version})`}
    order by name, version limit ${limit}`.execute(db);
  return rows;
}

/** How many versions of tools there are. */
export async function countTools(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from tools where tenant = ${tenant}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Removes a version of a tool and writes down who did it; undefined, and nothing is done, when there is none. */
export async function removeTool(
  db: Database,
  tenant: string,
  { name, version }: Pick<ToolRow, 'name' | 'version'>,
  entry: NewLedgerEntry,
): Promise<ToolRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<ToolRow>`
      delete from tools where tenant = ${tenant} and name = ${name} and version = ${version}
      returning ${COLUMNS}`.execute(transaction);
    if (rows[0]) await appendLedger(transaction, tenant, [entry]);
    return rows[0];
  });
}
