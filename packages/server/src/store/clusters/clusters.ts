import type { Instant } from '@sluice/core/kernel/instant.ts';
import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** A cluster as it is stored. */
export interface ClusterRow {
  readonly name: string;
  readonly region: string | null;
  readonly provider: string | null;
  /** Opaque to the store: a reference to where what lets in is kept. */
  readonly credentials: unknown;
  readonly createdAt: Instant;
}

const COLUMNS = ['name', 'region', 'provider', 'credentials', 'created_at as createdAt'] as const;

/** One cluster, or undefined. */
export async function findCluster(
  db: Database,
  tenant: string,
  name: string,
): Promise<ClusterRow | undefined> {
  return db
    .selectFrom('clusters')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** Clusters in the order of their names; those after a name where one is given. */
export async function listClusters(
  db: Database,
  tenant: string,
  page: { readonly after?: string; readonly limit: number },
): Promise<readonly ClusterRow[]> {
  let query = db.selectFrom('clusters').select(COLUMNS).where('tenant', '=', tenant);
  if (page.after !== undefined) query = query.where('name', '>', page.after);
  return query.orderBy('name').limit(page.limit).execute();
}

/** Writes a cluster and who did it; one that is there keeps the moment of its creation, which comes back with the row. */
export async function putCluster(
  db: Database,
  tenant: string,
  cluster: ClusterRow,
  entry: NewLedgerEntry,
): Promise<ClusterRow> {
  const stated = {
    region: cluster.region === null ? null : storedText(cluster.region),
    provider: cluster.provider === null ? null : storedText(cluster.provider),
    credentials: storedJson(cluster.credentials),
  };
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .insertInto('clusters')
      .values({ tenant, name: cluster.name, ...stated, created_at: storedInstant(cluster.createdAt) })
      .onConflict((conflict) => conflict.columns(['tenant', 'name']).doUpdateSet(stated))
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    await appendLedger(transaction, tenant, [entry]);
    return row;
  });
}

/** Removes a cluster and writes down who did it; undefined, and nothing is done, when there is none. */
export async function removeCluster(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<ClusterRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .deleteFrom('clusters')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .returning(COLUMNS)
      .executeTakeFirst();
    if (row) await appendLedger(transaction, tenant, [entry]);
    return row;
  });
}
