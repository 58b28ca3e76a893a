import { EMPTY_FRONTIER, type Frontier, growTree, type TreeNode } from '@sluice/core/ledger/frontier.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { type Insertable, sql } from 'kysely';
import { KEPT } from '../database/kept-statement.ts';
import type { Database } from '../database/open-database.ts';
import type { LedgerNodesTable, LedgerTreesTable } from '../database/store-schema.ts';
import { contentOf, leafOf, type LedgerRow } from './ledger-row.ts';
import { entriesAfter } from './read-ledger.ts';

/** What lock_ledger says: the tree, and the last entry that there is. */
interface LockedLedger {
  readonly size: number | null;
  readonly peaks: string | null;
  readonly newest: number | null;
}

/** Characters of a hash. */
const HASH_LENGTH = 64;

/** Entries that are added at once to a tree that is behind. */
const CATCH_UP_BATCH = 1_000;

/**
 * Waits for one's turn and keeps others out until the transaction ends; returns the tree, which reaches to the last entry.
 * A replica of an older build may have written entries without adding them: they are added first.
 */
export async function lockLedger(db: Database, tenant: string): Promise<Frontier> {
  const query = sql<LockedLedger>`${KEPT}select size, peaks, newest from lock_ledger(${tenant})`;
  const { rows } = await query.execute(db);
  const { size, peaks, newest } = rows[0] ?? { size: null, peaks: null, newest: null };
  const frontier = size === null ? EMPTY_FRONTIER : { size, peaks: peaksOf(peaks ?? '') };
  return (newest ?? 0) > frontier.size ? addMissing(db, tenant, frontier) : frontier;
}

/** The tree as it was committed last, without waiting. */
export async function readTree(db: Database, tenant: string): Promise<Frontier> {
  const row = await db
    .selectFrom('ledger_trees')
    .select(['size', 'peaks'])
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row === undefined ? EMPTY_FRONTIER : { size: row.size, peaks: peaksOf(row.peaks) };
}

const treeRow = (tenant: string, { size, peaks }: Frontier): Insertable<LedgerTreesTable> => ({
  tenant,
  size,
  peaks: peaks.join(''),
});

const nodeRows = (tenant: string, nodes: readonly TreeNode[]): Insertable<LedgerNodesTable>[] =>
  nodes.map(({ level, index, hash }) => ({ tenant, level, index, hash }));

/** Adds the entries that a tree lacks, under the lock of the ledger. */
async function addMissing(db: Database, tenant: string, from: Frontier): Promise<Frontier> {
  let frontier = from;
  for (;;) {
    const rows = await entriesAfter(db, tenant, { after: frontier.size, limit: CATCH_UP_BATCH });
    if (rows.length === 0) return frontier;
    frontier = await addRows(db, tenant, { frontier, rows });
  }
}

async function addRows(
  db: Database,
  tenant: string,
  { frontier, rows }: { readonly frontier: Frontier; readonly rows: readonly LedgerRow[] },
): Promise<Frontier> {
  const leaves = rows.map((row) => row.leaf_hash ?? leafOf(contentOf(row)));
  const grown = growTree(SHA256_TREE, frontier, leaves);
  const without = rows.flatMap((row, at) => (row.leaf_hash === null ? [[row.sequence, leaves[at]]] : []));
  if (without.length > 0) {
    const sequences = without.map(([sequence]) => sequence);
    const hashes = without.map(([, hash]) => hash);
    await sql`update ledger set leaf_hash = given.hash
      from unnest(${sequences}::bigint[], ${hashes}::text[]) as given (sequence, hash)
      where ledger.tenant = ${tenant} and ledger.sequence = given.sequence`.execute(db);
  }
  await writeTree(db, tenant, grown);
  return grown.frontier;
}

async function writeTree(
  db: Database,
  tenant: string,
  { frontier, tiles }: ReturnType<typeof growTree>,
): Promise<void> {
  const row = treeRow(tenant, frontier);
  await db
    .insertInto('ledger_trees')
    .values(row)
    .onConflict((conflict) => conflict.column('tenant').doUpdateSet({ size: row.size, peaks: row.peaks }))
    .execute();
  if (tiles.length === 0) return;
  await db
    .insertInto('ledger_nodes')
    .values(nodeRows(tenant, tiles))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const peaksOf = (text: string): readonly string[] =>
  Array.from({ length: text.length / HASH_LENGTH }, (_, at) =>
    text.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH),
  );
