import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** One version of a policy. */
export interface PolicyRow {
  readonly name: string;
  readonly version: number;
  /** Opaque to the store; null: it was removed. */
  readonly document: unknown;
  readonly changedBy: string;
  readonly changedAt: Instant;
}

const COLUMNS = [
  'name',
  'version',
  'document',
  'changed_by as changedBy',
  'changed_at as changedAt',
] as const;

/** The policies in force, in the order of their names; those after a name where one is given. */
export async function listPolicies(
  db: Database,
  tenant: string,
  page: { readonly after?: string; readonly limit: number },
): Promise<readonly PolicyRow[]> {
  let query = db
    .selectFrom('policies')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('is_newest', '=', true)
    .where('document', 'is not', null);
  if (page.after !== undefined) query = query.where('name', '>', page.after);
  return query.orderBy('name').limit(page.limit).execute();
}

/** The versions of a policy, the newest first. */
export async function listPolicyVersions(
  db: Database,
  tenant: string,
  name: string,
  limit: number,
): Promise<readonly PolicyRow[]> {
  return db
    .selectFrom('policies')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(limit)
    .execute();
}

/** A version that somebody wants to write. */
export interface PolicyChange {
  readonly name: string;
  /** Null removes it. */
  readonly document: unknown;
  readonly by: string;
  readonly at: Instant;
}

/**
 * Decides on changes to the newest versions of some policies, and writes what was decided and who did it, with nobody in
 * between.
 * @param decide is given the newest versions, and answers the changes with what is written down of them
 * @returns what was written
 */
export async function changePolicies(
  db: Database,
  tenant: string,
  names: readonly string[],
  decide: (
    newest: ReadonlyMap<string, PolicyRow>,
    inForce: number,
  ) => readonly { readonly change: PolicyChange; readonly entry: NewLedgerEntry }[],
): Promise<readonly PolicyRow[]> {
  return db.transaction().execute(async (transaction) => {
    // A name that is not there yet has no row that could be locked.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`policies ${tenant}`}, 0))`.execute(
      transaction,
    );
    const newest = await newestOf(transaction, tenant, names);
    const inForce = await countInForce(transaction, tenant);
    const decided = decide(new Map(newest.map((row) => [row.name, row])), inForce);
    const written: PolicyRow[] = [];
    for (const { change } of decided) {
      const before = newest.find(({ name }) => name === change.name);
      written.push(await writeVersion(transaction, tenant, (before?.version ?? 0) + 1, change));
    }
    await appendLedger(
      transaction,
      tenant,
      decided.map(({ entry }) => entry),
    );
    return written;
  });
}

async function newestOf(
  db: Database,
  tenant: string,
  names: readonly string[],
): Promise<readonly PolicyRow[]> {
  if (names.length === 0) return [];
  return db
    .selectFrom('policies')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('name', 'in', names)
    .where('is_newest', '=', true)
    .execute();
}

async function countInForce(db: Database, tenant: string): Promise<number> {
  const { count } = await db
    .selectFrom('policies')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('tenant', '=', tenant)
    .where('is_newest', '=', true)
    .where('document', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function writeVersion(
  db: Database,
  tenant: string,
  version: number,
  { name, document, by, at }: PolicyChange,
): Promise<PolicyRow> {
  await db
    .updateTable('policies')
    .set({ is_newest: false })
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .where('is_newest', '=', true)
    .execute();
  return db
    .insertInto('policies')
    .values({
      ...{ tenant, name, version, is_newest: true },
      document: document === null ? null : storedJson(document),
      changed_by: storedText(by),
      changed_at: storedInstant(at),
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}
